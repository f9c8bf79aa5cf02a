"""Sweepers go past rows that fail."""

from datetime import datetime, timedelta

import pytest

from apps.audit.sweeping import drain
from apps.proposals.models import Proposal
from apps.proposals.states import Status
from apps.reviews import settling
from apps.reviews.models import Task
from tests import factories
from tests.factories import House


def test_one_poison_row_does_not_stop_the_sweep_and_stays_as_it_was(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposals = [factories.pending(house) for _number in range(3)]
    for proposal in proposals:
        factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    poison = proposals[0].pk
    settle = settling.settle_proposal

    def settle_or_fail(*, proposal: Proposal, **rest: object) -> object:
        if proposal.pk == poison:
            raise RuntimeError("poison")
        return settle(proposal=proposal, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(settling, "settle_proposal", settle_or_fail)
    later = house.now + timedelta(minutes=1)
    assert settling.settle_due(now=later) == 2
    assert Task.objects.get(proposal_id=poison).status == "decided"
    assert Proposal.objects.filter(status=Status.APPROVED).count() == 2
    monkeypatch.undo()
    assert settling.settle_due(now=later) == 1


def test_what_an_outage_left_is_worked_off_in_one_go_and_then_the_worker_is_free() -> None:
    left, asked = [450], []

    def sweeper(*, now: datetime, limit: int) -> int:
        asked.append(limit)
        done = min(left[0], limit)
        left[0] -= done
        return done

    assert drain(sweeper, limit=200) == 450
    assert asked == [200, 200, 200]
    assert drain(sweeper, limit=200) == 0


def test_a_sweeper_that_always_finds_more_gives_the_worker_back(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(100))
    monkeypatch.setattr("apps.audit.sweeping.time.monotonic", lambda: next(moments))
    assert drain(lambda *, now, limit: limit, limit=5) <= 5 * 11
