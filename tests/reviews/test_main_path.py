"""One proposal from intake to its result, through every verb."""

from datetime import timedelta

import pytest

from apps.proposals.states import Status
from apps.reviews import claiming
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus
from apps.trust.models import LedgerEntry, Slice
from tests import factories


@pytest.mark.parametrize("status", list(Status))
def test_a_proposal_can_reach_every_status_by_the_real_verbs(house: factories.House, status: Status) -> None:
    assert factories.proposal_at(house, status).status == status


def test_an_approved_proposal_has_its_task_done_its_grant_used_and_its_slice_moved(
    house: factories.House,
) -> None:
    proposal = factories.settled(house)
    factories.executed(proposal, house)
    assert Task.objects.get(proposal=proposal).status == TaskStatus.DONE
    entry = LedgerEntry.objects.get(proposal_id=proposal.pk)
    assert entry.is_counted
    assert entry.wrong is False
    row = Slice.objects.get(pk=proposal.slice_id)
    assert (row.counted, row.wrong) == (1, 0)
    assert proposal.ended_at is not None
    assert proposal.ended_at - house.now < timedelta(hours=1)


def test_what_is_due_at_the_same_moment_is_taken_in_the_order_it_came(house: factories.House) -> None:
    proposals = [factories.pending(house, subject={"kind": "order", "id": f"#W{n}"}) for n in range(3)]
    assert len(set(Task.objects.values_list("rank_at", flat=True))) == 1
    taken = [claiming.claim_next(by=house.alice, now=house.now) for _proposal in proposals]
    assert [task.proposal_id for task in taken if task] == [proposal.pk for proposal in proposals]
