"""Whoever has seen that a case is a known one is not shown it as a task again."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.reviews import adjudicating, disputing, knowing, seeding
from apps.reviews.choosing import Invalid
from apps.reviews.models import GoldCase, GoldReading
from apps.reviews.states import TaskStatus
from apps.routing.states import Verb
from tests import factories
from tests.desk.conftest import SignIn, sign_in  # noqa: F401  (a fixture)
from tests.reviews.test_known_cases import _answered, _mistake, _shown

HOUR = timedelta(hours=1)
EXPLAINED = "The order was shipped."


@pytest.fixture
def led(house: factories.House) -> factories.House:
    """Petra and Olga lead the standard queue; Gina, of governance, reviews in it."""
    for person in (house.petra, house.olga):
        rights.give(role=Role.LEAD, to=person, on=house.queues["standard"], by=None, now=house.now)
    house.gina.groups.add(house.team)
    return house


def _page(house: factories.House) -> str:
    return reverse("desk:queue_checks", args=[house.queues["standard"].slug])


def _knowing(case: GoldCase) -> set[int]:
    return knowing.who_knows([case])[case.pk]


def test_a_lead_who_reviews_the_queue_sees_only_the_cases_they_know(
    led: factories.House,
    sign_in: SignIn,  # noqa: F811
) -> None:
    case = _mistake(led)
    assert EXPLAINED in sign_in(led.petra).get(_page(led)).text
    page = sign_in(led.olga).get(_page(led)).text
    assert EXPLAINED not in page
    assert case.proposal.summary not in page
    assert "1 more is in use" in page
    assert _knowing(case) == {led.alice.pk, led.petra.pk}


def test_an_office_that_reviews_elsewhere_sees_them_and_knows_them_then(
    led: factories.House,
    sign_in: SignIn,  # noqa: F811
) -> None:
    case = _mistake(led)
    assert EXPLAINED in sign_in(led.adam).get(_page(led)).text
    assert led.adam.pk in _knowing(case)
    sign_in(led.adam).get(_page(led))
    assert GoldReading.objects.filter(by=led.adam).count() == 1


def test_the_page_of_a_dispute_and_the_message_of_it_tell_who_may_rule(
    led: factories.House,
    sign_in: SignIn,  # noqa: F811
) -> None:
    case = _mistake(led)
    answer = _answered(led, case, Verb.APPROVE, after=-HOUR)
    assert _knowing(case) == {led.alice.pk, led.petra.pk, led.bob.pk}
    dispute = disputing.dispute(answer_id=answer.pk, note="No.", by=led.bob, now=led.now)
    assert {led.olga.pk, led.gina.pk} <= _knowing(case)
    rights.give(role=Role.LEAD, to=led.charlie, on=led.queues["standard"], by=None, now=led.now)
    sign_in(led.charlie).get(reverse("desk:dispute_rule", args=[dispute.pk]))
    assert led.charlie.pk in _knowing(case)


def test_the_audit_log_tells_who_reads_of_it_there(
    led: factories.House,
    sign_in: SignIn,  # noqa: F811
) -> None:
    case = _mistake(led)
    browser = sign_in(led.gina)
    browser.get(reverse("audit:event_list"), {"verb": "proposal.received"})
    assert led.gina.pk not in _knowing(case)
    browser.get(reverse("audit:event_list"), {"verb": "gold.added"})
    assert led.gina.pk in _knowing(case)


def test_being_told_that_it_is_in_the_bank_already_tells_too(led: factories.House) -> None:
    case = _mistake(led)
    with pytest.raises(Invalid, match="in the bank already"):
        adjudicating.adjudicate(
            proposal_id=case.proposal_id, answers=[""], explanation="No.", by=led.olga, now=led.now
        )
    assert led.olga.pk in _knowing(case)


@pytest.mark.parametrize("person", ["bob", "olga"])
def test_who_knows_it_is_neither_chosen_for_it_nor_given_the_copy_that_waits(
    led: factories.House, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, reader = _mistake(led), getattr(led, person)
    reader.groups.add(led.team)
    task = _shown(led, case)
    knowing.note_read([case.pk], by=reader, now=led.now)
    task.refresh_from_db()
    assert reader.pk in task.excluded
    assert reader.pk in task.proposal.examination_of.excluded
    task.proposal.examination_of.__class__.objects.filter(copy=task.proposal).update(concluded_at=led.now)
    assert not seeding._order(led.workflow.pk, reader, is_new=False, now=led.now)


def test_a_copy_in_ones_hands_stays_there(led: factories.House) -> None:
    case = _mistake(led)
    task = factories.claimed(_shown(led, case).proposal, led.bob, led.now + HOUR)
    knowing.note_read([case.pk], by=User.objects.get(pk=led.bob.pk), now=led.now)
    task.refresh_from_db()
    assert (task.status, led.bob.pk in task.excluded) == (TaskStatus.CLAIMED, False)
