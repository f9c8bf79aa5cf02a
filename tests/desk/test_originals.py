"""What is kept from whoever may be given a copy: the original, wherever it could be read, as if it were not there."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.desk.queries.precedents import precedents
from apps.intake import examining
from apps.proposals.examining import order
from apps.proposals.models import Examination, Proposal
from apps.proposals.states import Purpose
from apps.reviews import settling
from apps.reviews.models import Task
from apps.routing.states import Verb
from tests import factories
from tests.desk.conftest import SignIn, card_url

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
UNKNOWN = UUID(int=7)


@pytest.fixture
def original(house: factories.House) -> Proposal:
    """Alice rejected it, and somebody else looks again."""
    proposal = factories.settled(house, Verb.REJECT)
    examining.open_ordered(now=house.now + MINUTE)
    assert Examination.objects.get().copy is not None
    return proposal


def _pages(proposal: Proposal) -> list[str]:
    return [
        reverse("desk:proposal_detail", args=[proposal.pk]),
        reverse("desk:proposal_print", args=[proposal.pk]),
        card_url(proposal),
    ]


def _main(page: str) -> str:
    return page.split("<main", 1)[1].split("</main>", 1)[0]


def _copy() -> Proposal:
    copy = Examination.objects.get(concluded_at__isnull=True).copy
    assert copy is not None
    return copy


@pytest.mark.parametrize("hand", ["waits", "is held", "is handed to them"])
def test_whoever_may_be_given_the_copy_finds_no_original(
    house: factories.House, original: Proposal, sign_in: SignIn, hand: str
) -> None:
    copy, person = _copy(), house.bob
    if hand == "is held":
        factories.claimed(copy, house.bob, house.now + HOUR)
    if hand == "is handed to them":
        person = house.charlie
        Task.objects.filter(proposal=copy).update(also_in=[house.queues["senior"].pk])
        rights.give(role=Role.REVIEWER, to=person, on=house.queues["senior"], by=None, now=house.now)
        person.groups.add(house.team)
    browser = sign_in(person)
    unknown = browser.get(reverse("desk:proposal_detail", args=[UNKNOWN])).text
    for page in _pages(original):
        found = browser.get(page)
        assert found.status_code == 404, page
        assert _main(found.text) == _main(unknown), page
    assert browser.get(reverse("desk:proposal_detail", args=[copy.pk])).status_code == 200
    assert str(original.pk) not in browser.get(reverse("desk:proposal_list")).text


def test_it_is_there_again_when_the_copy_is_decided(
    house: factories.House, original: Proposal, as_bob: Client
) -> None:
    now = house.now + HOUR
    factories.decided(factories.claimed(_copy(), house.bob, now), house.bob, now, Verb.REJECT)
    assert as_bob.get(_pages(original)[0]).status_code == 404
    settling.settle_due(now=now + MINUTE)
    for page in _pages(original):
        assert as_bob.get(page).status_code == 200, page


@pytest.mark.parametrize("person", ["alice", "gina", "adam"])
def test_who_knows_the_case_and_offices_that_review_nothing_read_on(
    house: factories.House, original: Proposal, sign_in: SignIn, person: str
) -> None:
    browser = sign_in(getattr(house, person))
    for page in _pages(original):
        assert browser.get(page).status_code == 200, page


def test_an_office_that_reviews_its_queue_too_does_not(
    house: factories.House, original: Proposal, sign_in: SignIn
) -> None:
    story = reverse("audit:proposal_story", args=[original.pk])
    log = reverse("audit:event_list")
    reader: User = house.gina
    told, received = {"subject": str(original.pk)}, "proposed"
    assert sign_in(reader).get(story).status_code == 200
    assert received in _main(sign_in(reader).get(log, told).text)
    reader.groups.add(house.team)
    assert sign_in(reader).get(story).status_code == 404
    assert received not in _main(sign_in(reader).get(log, told).text)
    for page in _pages(original):
        assert sign_in(reader).get(page).status_code == 404, page


def test_the_other_look_at_a_case_is_kept_back_too(house: factories.House, as_bob: Client) -> None:
    house.charlie.groups.add(house.team)
    original = factories.settled(house, Verb.REJECT)
    examining.open_ordered(now=house.now + MINUTE)
    first, now = _copy(), house.now + HOUR
    factories.decided(factories.claimed(first, house.charlie, now), house.charlie, now, Verb.APPROVE)
    settling.settle_due(now=now + MINUTE)
    # The two differ: Bob may be the third.
    examining.open_ordered(now=now + 2 * MINUTE)
    assert _copy() != first
    decided = as_bob.get(reverse("desk:queue_detail", args=["standard"]), {"show": "decided"}).text
    for one in (original, first):
        assert as_bob.get(card_url(one)).status_code == 404
        assert str(one.task.pk) not in decided


def test_it_is_no_similar_case_of_another_for_them(
    house: factories.House, original: Proposal, sign_in: SignIn
) -> None:
    alike = factories.pending(house, now=house.now + HOUR, summary="about the same order")
    assert [one.proposal for one in precedents(alike)] == [original]
    link = reverse("desk:proposal_detail", args=[original.pk])
    assert link in sign_in(house.alice).get(card_url(alike)).text
    page = sign_in(house.bob).get(card_url(alike)).text
    assert link not in page


def test_what_is_asked_does_not_grow_with_the_copies(
    house: factories.House, as_bob: Client, django_assert_max_num_queries: object
) -> None:
    counts = []
    for number in range(1, 5):
        args = {"order_id": f"#W{number}", "reason": "no longer needed"}
        proposal = factories.pending(
            house, action={"name": "cancel_order", "args": args}, subject=None, summary=f"Cancel {number}"
        )
        factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
        settling.settle_due(now=house.now + MINUTE)
        order(original=proposal, purpose=Purpose.AGREEMENT, excluded=[house.alice.pk], now=house.now)
        if number in (1, 4):
            examining.open_ordered(now=house.now + HOUR)
            with django_assert_max_num_queries(60) as asked:  # type: ignore[operator]
                as_bob.get(reverse("desk:proposal_list"))
            counts.append(len(asked))
    assert counts[0] == counts[1]
