"""Whoever answered a known case is told what was right, who found it and why: in the dock, on My checks, disputing."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import rights
from apps.accounts.roles import Role
from apps.desk.queries.right_answers import right_answers
from apps.intake import examining
from apps.proposals.models import Examination, Proposal
from apps.proposals.states import Purpose
from apps.reviews import adjudicating, disputing, settling
from apps.reviews.models import GoldAnswer, GoldCase
from apps.routing.states import Verb
from tests import factories
from tests.desk.conftest import SignIn
from tests.reviews.test_known_cases import _answered, _shown

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def led(house: factories.House) -> factories.House:
    """Petra leads the standard queue; Charlie and Adam review it too."""
    rights.give(role=Role.LEAD, to=house.petra, on=house.queues["standard"], by=None, now=house.now)
    for person in (house.charlie, house.adam):
        person.groups.add(house.team)
    return house


def _confirmed(house: factories.House) -> GoldCase:
    """A mistake that Alice and Charlie found, hours ago, each not knowing of the other."""
    early = house.now - 3 * HOUR
    proposal = factories.pending(house, now=early)
    factories.decided(
        factories.claimed(proposal, house.alice, early),
        house.alice,
        early,
        Verb.REJECT,
        note="Shipped on Monday.",
    )
    settling.settle_due(now=early + MINUTE)
    examining.open_ordered(now=early + 2 * MINUTE)
    copy = Examination.objects.get(purpose=Purpose.SECOND_LOOK).copy
    assert copy is not None
    factories.decided(
        factories.claimed(copy, house.charlie, early + 3 * MINUTE),
        house.charlie,
        early + 3 * MINUTE,
        Verb.REJECT,
    )
    settling.settle_due(now=early + 5 * MINUTE)
    return GoldCase.objects.get()


def _pages(answer: GoldAnswer) -> list[str]:
    return [
        reverse("desk:home"),
        reverse("desk:check_news"),
        reverse("desk:own_checks"),
        reverse("desk:check_dispute", args=[answer.pk]),
    ]


def test_a_mistake_let_through_names_the_right_answer_and_the_two_who_found_it(
    led: factories.House, as_bob: Client
) -> None:
    case = _confirmed(led)
    answer = _answered(led, case, Verb.APPROVE, after=-HOUR)
    for url in _pages(answer):
        page = as_bob.get(url).text
        for words in ("What is right", "Reject it", "Alice, Charlie", "Shipped on Monday."):
            assert words in page, (url, words)


def test_the_adder_and_their_explanation_are_named(
    led: factories.House, as_bob: Client, sign_in: SignIn
) -> None:
    proposal = factories.settled(led)
    case = adjudicating.adjudicate(
        proposal_id=proposal.pk, answers=[""], explanation="It was shipped.", by=led.petra, now=led.now
    )
    answer = _answered(led, case, Verb.APPROVE, after=-HOUR)
    dispute = disputing.dispute(answer_id=answer.pk, note="No.", by=led.bob, now=led.now)
    ruling = sign_in(led.petra).get(reverse("desk:dispute_rule", args=[dispute.pk])).text
    for page in (as_bob.get(reverse("desk:own_checks")).text, ruling):
        for words in ("Reject it", "Petra", "It was shipped."):
            assert words in page, words


def _edited(house: factories.House) -> Proposal:
    args = {**factories.proposal_body()["action"]["args"], "order_id": "#W77"}
    return factories.settled(house, Verb.EDIT, args=args)


def test_where_an_edit_is_right_its_arguments_are_told(led: factories.House, as_bob: Client) -> None:
    proposal = _edited(led)
    case = adjudicating.adjudicate(
        proposal_id=proposal.pk,
        answers=[proposal.resolution.args_sha256],
        explanation="It was a mistake.",
        by=led.petra,
        now=led.now,
    )
    answer = _answered(led, case, Verb.APPROVE, after=-HOUR)
    for url in _pages(answer):
        page = as_bob.get(url).text
        assert "Edit it" in page, url
        assert "#W77" in page, url


def test_where_an_alternative_is_right_it_is_named(led: factories.House) -> None:
    proposal = factories.settled(led)
    other = proposal.alternatives.exclude(args_sha256="").first()
    assert other is not None
    case = adjudicating.adjudicate(
        proposal_id=proposal.pk, answers=[other.args_sha256], explanation="Rather.", by=led.petra, now=led.now
    )
    found = right_answers(
        [GoldCase.objects.select_related("added_by", "proposal__action_type").get(pk=case.pk)]
    )
    (right,) = found[case.pk].rights
    assert right.words == f"Choose alternative {other.rank}: {other.summary}"
    assert right.changes


def test_nothing_of_it_is_told_before_the_undo_window_is_over(led: factories.House, as_bob: Client) -> None:
    case = _confirmed(led)
    task = _shown(led, case, after=-HOUR)
    factories.decided(factories.claimed(task.proposal, led.bob, led.now), led.bob, led.now)
    for url in (reverse("desk:home"), reverse("desk:own_checks")):
        assert "What is right" not in as_bob.get(url).text
