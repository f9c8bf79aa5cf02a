"""Second reviews: what is drawn, who gets it, and how agreement is told."""

from datetime import timedelta
from typing import Any

import pytest

from apps.intake import examining
from apps.proposals.models import Examination, Grant, Proposal
from apps.proposals.states import Purpose, Status
from apps.reviews import agreeing, second_reviewing, settling
from apps.reviews.kappa import ENOUGH
from apps.reviews.models import Queue, Task
from apps.reviews.states import Pick
from apps.routing.states import Verb
from apps.trust.models import LedgerEntry, Seed
from tests import factories
from tests.together import at_once

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def drawing(house: factories.House) -> factories.House:
    """Half of what the standard queue decides from now on is decided again."""
    Queue.objects.filter(slug="standard").update(second_percent=50)
    second_reviewing.order_second_reviews(now=house.now)
    return house


def _decided(house: factories.House, number: int, verb: Verb = Verb.APPROVE, **changes: object) -> Proposal:
    args = {"order_id": f"#W{number}", "reason": "no longer needed"}
    proposal = factories.pending(
        house,
        action={"name": "cancel_order", "args": args},
        subject=None,
        summary=f"Cancel {number}",
        **changes,
    )
    now = house.now + number * MINUTE
    factories.decided(factories.claimed(proposal, house.alice, now), house.alice, now, verb)
    settling.settle_due(now=now + MINUTE)
    return proposal


def _draw(house: factories.House, after: timedelta = DAY + 11 * MINUTE) -> list[Examination]:
    second_reviewing.order_second_reviews(now=house.now + after)
    return list(Examination.objects.filter(purpose=Purpose.AGREEMENT))


def test_each_kind_of_decision_of_each_reviewer_gives_its_share(drawing: factories.House) -> None:
    for number in range(1, 9):
        _decided(drawing, number, Verb.REJECT if number > 4 else Verb.APPROVE)
    found = _draw(drawing)
    verbs = [row.original.resolution.verb for row in found]
    assert sorted(verbs) == ["approve", "approve", "reject", "reject"]
    assert all(row.excluded == [drawing.alice.pk] for row in found)
    assert _draw(drawing, after=DAY + 30 * MINUTE) == found


def test_it_waits_for_a_day_or_for_many(drawing: factories.House, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 5):
        _decided(drawing, number)
    assert _draw(drawing, after=timedelta(hours=2)) == []
    monkeypatch.setattr(second_reviewing, "MANY", 4)
    assert len(_draw(drawing, after=timedelta(hours=2))) == 2


def test_what_was_decided_before_the_first_look_and_what_two_decided_is_left_alone(
    house: factories.House,
) -> None:
    Queue.objects.update(second_percent=50)
    for number in range(1, 5):
        _decided(house, number)
    second_reviewing.order_second_reviews(now=house.now + timedelta(hours=1))
    proposal = factories.two_person(house)
    for person in (house.alice, house.bob):
        now = house.now + timedelta(hours=2)
        factories.decided(factories.claimed(proposal, person, now), person, now)
        settling.settle_due(now=now + MINUTE)
    assert _draw(house, after=3 * DAY) == []


def test_no_share_no_second_review(house: factories.House) -> None:
    for number in range(1, 5):
        _decided(house, number)
    assert second_reviewing.order_second_reviews(now=house.now + DAY) == 0


def test_another_person_decides_it_like_any_other_and_it_is_no_evidence_of_anything_else(
    drawing: factories.House, django_assert_num_queries: Any
) -> None:
    for number in (1, 2):
        _decided(drawing, number)
    (row,) = _draw(drawing)
    now = drawing.now + 2 * DAY
    examining.open_ordered(now=now)
    task = Task.objects.get(proposal__is_copy=True)
    real = row.original.task
    assert (task.quorum, task.tier, task.due_at - task.opened_at) == (
        real.quorum,
        real.tier,
        real.due_at - real.opened_at,
    )
    assert task.excluded == [drawing.alice.pk]
    before = (LedgerEntry.objects.count(), Grant.objects.count(), Seed.objects.count())
    factories.decided(factories.claimed(task.proposal, drawing.bob, now), drawing.bob, now, Verb.REJECT)
    settling.settle_due(now=now + MINUTE)
    assert (LedgerEntry.objects.count(), Grant.objects.count(), Seed.objects.count()) == before
    assert Proposal.objects.get(pk=task.proposal_id).status == Status.RECORDED
    (pair,) = agreeing.in_queue(drawing.queues["standard"], now=now + DAY)
    assert (pair.original, pair.first, pair.second, pair.is_same) == (
        row.original,
        Pick.AS_PROPOSED,
        Pick.NOTHING,
        False,
    )
    other = drawing.workflow.pk + 1
    with django_assert_num_queries(3):
        found_in = agreeing.in_workflows([drawing.workflow.pk, other], now=now + DAY)
    assert found_in == {drawing.workflow.pk: [pair], other: []}
    assert agreeing.in_queue(drawing.queues["senior"], now=now + DAY) == []
    found = agreeing.agreement_of([pair])
    assert (found.n, found.is_enough) == (1, False)
    assert found.n < ENOUGH


@pytest.mark.parametrize(
    ("chosen", "pick"), [("a", Pick.AS_PROPOSED), ("b", Pick.OTHERWISE), ("", Pick.NOTHING)]
)
def test_a_decision_comes_to_one_of_three(chosen: str, pick: Pick) -> None:
    assert agreeing.pick_of(chosen, "a") is pick


def test_sweepers_at_once_draw_each_decision_once(live_house: factories.House) -> None:
    house = live_house
    Queue.objects.filter(slug="standard").update(second_percent=50)
    second_reviewing.order_second_reviews(now=house.now)
    for number in range(1, 5):
        _decided(house, number)
    later = house.now + 2 * DAY
    at_once([lambda: second_reviewing.order_second_reviews(now=later) for _sweeper in range(4)])
    originals = Examination.objects.filter(purpose=Purpose.AGREEMENT).values_list("original", flat=True)
    assert len(originals) == len(set(originals)) == 2
