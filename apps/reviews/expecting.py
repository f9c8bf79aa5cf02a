"""Starts the clock of the result of granted actions, so that a silent failure is noticed whoever decided."""

from collections.abc import Sequence
from datetime import datetime

from apps.proposals.models import Proposal
from apps.reviews.opening import places
from apps.routing.assessment import tier
from apps.routing.queries import policy_for
from apps.sla import actions as sla
from apps.sla.actions import CycleSpec
from apps.sla.queries import current_policies, decide_cycles
from apps.sla.states import Target


def expect_results(proposals: Sequence[Proposal], *, now: datetime) -> None:
    """By the versions that timed the decision; where no decision was timed (a policy decided), by the queue's calendar
    and the SLA policy their matrix cells name now. A few queries, whatever their number.
    """
    timed = decide_cycles(proposal.pk for proposal in proposals)
    specs = [
        CycleSpec(
            subject_id=cycle.subject_id,
            workflow_id=cycle.workflow_id,
            target=Target.RESULT,
            tier=cycle.tier,
            policy_version=cycle.policy_version,
            calendar_version=cycle.calendar_version,
        )
        for cycle in timed.values()
    ]
    untimed = [proposal for proposal in proposals if proposal.pk not in timed]
    sla.start_cycles(specs=[*specs, *_by_their_cells(untimed)], now=now)


def _by_their_cells(proposals: Sequence[Proposal]) -> list[CycleSpec]:
    if not proposals:
        return []
    cells = {
        proposal.pk: policy_for(proposal.workflow_id).matrix[proposal.cell_address] for proposal in proposals
    }
    queues = places(cell.queue for cell in cells.values())
    policies = current_policies(cell.sla for cell in cells.values())
    return [
        CycleSpec(
            subject_id=proposal.pk,
            workflow_id=proposal.workflow_id,
            target=Target.RESULT,
            tier=tier(cells[proposal.pk]),
            policy_version=policies[cells[proposal.pk].sla],
            calendar_version=queues[cells[proposal.pk].queue].calendar_version,
        )
        for proposal in proposals
    ]
