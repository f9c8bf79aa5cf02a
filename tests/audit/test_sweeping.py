"""Sweepers go past rows that fail."""

from datetime import timedelta
from uuid import UUID

import pytest

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

    def settle_or_fail(*, proposal_id: UUID, **rest: object) -> object:
        if proposal_id == poison:
            raise RuntimeError("poison")
        return settle(proposal_id=proposal_id, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(settling, "settle_proposal", settle_or_fail)
    later = house.now + timedelta(minutes=1)
    assert settling.settle_due(now=later) == 2
    assert Task.objects.get(proposal_id=poison).status == "decided"
    assert Proposal.objects.filter(status=Status.APPROVED).count() == 2
    monkeypatch.undo()
    assert settling.settle_due(now=later) == 1
