"""How a decision came about is kept, and what is marked is no evidence, each with its reason."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from apps.proposals.models import Proposal
from apps.reviews import claiming, deciding, returning, settling
from apps.reviews.models import Attention, Decision, Queue
from apps.reviews.states import Mark
from apps.routing.states import Verb
from apps.trust.models import LedgerEntry
from apps.trust.states import NotEvidence
from tests import factories

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def checked(house: factories.House) -> factories.House:
    """The standard queue checks how its people read; three quick approvals in a row are too many."""
    Queue.objects.filter(slug="standard").update(reading_words=2400, reading_seconds=10, streak=3)
    return house


def _decide(
    house: factories.House,
    proposal: Proposal,
    *,
    took: timedelta,
    after: timedelta = MINUTE,
    **choice: object,
) -> Attention:
    now = house.now + after
    task = factories.claimed(proposal, house.alice, now - took)
    decision = factories.decided(task, house.alice, now, **choice)  # type: ignore[arg-type]
    settling.settle_due(now=now + MINUTE)
    return Attention.objects.get(decision=decision)


def _another(house: factories.House, number: int) -> Proposal:
    args = {"order_id": f"#W{number}", "reason": "no longer needed"}
    action = {"name": "cancel_order", "args": args}
    return factories.pending(house, action=action, subject=None, summary=f"Cancel order {number}")


def _entry(decision: Decision) -> LedgerEntry:
    return LedgerEntry.objects.get(source_id=decision.pk)


def test_a_decision_that_was_read_counts_and_says_how_it_came_about(checked: factories.House) -> None:
    kept = _decide(checked, factories.pending(checked), took=20 * SECOND)
    assert (kept.mark, kept.took_ms, kept.active_ms, kept.items) == ("", 20_000, None, 1)
    assert 2000 < kept.floor_ms <= 10_000
    assert kept.words > 10
    assert _entry(kept.decision).is_counted


def test_a_decision_below_the_floor_is_no_evidence(checked: factories.House) -> None:
    kept = _decide(checked, factories.pending(checked), took=SECOND)
    assert kept.mark == Mark.TOO_FAST
    entry = _entry(kept.decision)
    assert (entry.is_counted, entry.not_counted_because) == (False, NotEvidence.TOO_FAST)


def test_the_floor_grows_with_the_evidence(checked: factories.House) -> None:
    long = [{"id": "e1", "kind": "record", "claim": "a record", "content": "word " * 400}]
    short = _decide(checked, factories.pending(checked), took=4 * SECOND)
    much = _decide(
        checked, factories.pending(checked, evidence=long, subject=None, summary="much"), took=4 * SECOND
    )
    assert (short.mark, much.mark) == ("", Mark.TOO_FAST)


def test_time_away_from_the_page_is_no_reading(checked: factories.House) -> None:
    kept = _decide(
        checked, factories.pending(checked), took=10 * MINUTE, after=11 * MINUTE, active_ms=900, opened=0
    )
    assert (kept.mark, kept.active_ms, kept.opened) == (Mark.TOO_FAST, 900, 0)


def test_what_the_page_tells_with_the_renewal_counts_too_and_never_more_than_can_be(
    checked: factories.House,
) -> None:
    task = factories.claimed(factories.pending(checked), checked.alice, checked.now)
    assert task.lease_token is not None
    half = checked.now + 30 * SECOND
    claiming.renew(
        task_id=task.pk, by=checked.alice, lease_token=task.lease_token, now=half, active_ms=25_000, opened=1
    )
    decision = factories.decided(task, checked.alice, half, active_ms=3_000)
    assert (decision.active_ms, decision.opened) == (25_000, 1)
    lie = factories.claimed(_another(checked, 7), checked.alice, checked.now)
    told = factories.decided(lie, checked.alice, checked.now + 3 * SECOND, active_ms=999_999_999)
    assert told.active_ms == 3_000


def test_what_one_person_read_does_not_count_for_the_next(checked: factories.House) -> None:
    task = factories.claimed(factories.pending(checked), checked.alice, checked.now)
    assert task.lease_token is not None
    claiming.renew(
        task_id=task.pk,
        by=checked.alice,
        lease_token=task.lease_token,
        now=checked.now + MINUTE,
        active_ms=50_000,
        opened=1,
    )
    returning.release(task_id=task.pk, by=checked.alice, now=checked.now + MINUTE)
    his = claiming.claim(task_id=task.pk, by=checked.bob, now=checked.now + MINUTE)
    assert (his.active_ms, his.opened) == (None, None)


def test_a_row_of_quick_approvals_is_marked_from_its_third_on(checked: factories.House) -> None:
    marks = [
        _decide(checked, _another(checked, n), took=5 * SECOND, after=n * MINUTE).mark for n in range(1, 5)
    ]
    assert marks == ["", "", Mark.STREAK, Mark.STREAK]
    reasons = LedgerEntry.objects.order_by("pk").values_list("not_counted_because", flat=True)
    assert list(reasons) == ["", "", NotEvidence.STREAK, NotEvidence.STREAK]


def test_an_override_between_them_ends_the_row(checked: factories.House) -> None:
    verbs = [Verb.APPROVE, Verb.APPROVE, Verb.REJECT, Verb.APPROVE]
    marks = [
        _decide(checked, _another(checked, n), took=5 * SECOND, after=n * MINUTE, verb=verb).mark
        for n, verb in enumerate(verbs, 1)
    ]
    assert marks == [""] * 4


def test_what_was_approved_together_is_marked_as_that(checked: factories.House) -> None:
    checked.cancel_order.consequence, checked.cancel_order.reversibility = "low", "reversible"
    checked.cancel_order.save()
    kept = _decide(checked, factories.pending(checked), took=0 * SECOND, batch=uuid4())
    assert kept.mark == Mark.BULK
    assert _entry(kept.decision).not_counted_because == NotEvidence.BULK


def test_a_decision_taken_back_leaves_nothing(checked: factories.House) -> None:
    task = factories.claimed(factories.pending(checked), checked.alice, checked.now)
    factories.decided(task, checked.alice, checked.now)
    deciding.undo(task_id=task.pk, by=checked.alice, now=checked.now)
    settling.settle_due(now=checked.now + MINUTE)
    assert not Attention.objects.exists()


def test_each_of_two_people_is_looked_at_by_their_own_decision(checked: factories.House) -> None:
    Queue.objects.filter(slug="senior").update(reading_words=2400)
    proposal = factories.two_person(checked)
    for person, took in ((checked.alice, SECOND), (checked.bob, 30 * SECOND)):
        now = checked.now + 5 * MINUTE
        factories.decided(factories.claimed(proposal, person, now - took), person, now)
        settling.settle_due(now=now + MINUTE)
    marks = Attention.objects.order_by("decision_id").values_list("by__short", "mark")
    assert list(marks) == [("alice", Mark.TOO_FAST), ("bob", "")]


def test_it_is_written_once_for_good(checked: factories.House) -> None:
    kept = _decide(checked, factories.pending(checked), took=20 * SECOND)
    for spoil in ({"mark": Mark.STREAK}, {"active_ms": 1}):
        with pytest.raises(DatabaseError, match="append"), transaction.atomic():
            Attention.objects.filter(pk=kept.pk).update(**spoil)
