"""Opens tasks for proposals that need a person, in the queue the matrix names, with their clocks running."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from apps.audit.insertion import insert_at_end
from apps.delivery import live
from apps.proposals.models import Proposal
from apps.reviews import ranking
from apps.reviews.models import Queue, QueueVisit, Task
from apps.reviews.states import Came
from apps.routing.facts import Assessed
from apps.sla import actions as sla
from apps.sla.models import CalendarVersion, ClockCycle, SlaPolicyVersion
from apps.sla.queries import current_versions
from apps.sla.states import Target


class Due(NamedTuple):
    """When a task has to be claimed and decided, with the cycle that times the decision."""

    claim_at: datetime
    decide_at: datetime
    decide: ClockCycle

    @property
    def next_at(self) -> datetime:
        """The earlier of the two: a later target never replaces an unmet earlier one."""
        return min(self.claim_at, self.decide_at)


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """A queue with the calendar version that turns its targets into moments."""

    queue: Queue
    calendar_version: CalendarVersion


def places(slugs: Iterable[str]) -> dict[str, QueuePlace]:
    """{slug: place} of the queues that exist. Two queries."""
    queues = list(Queue.objects.filter(slug__in=set(slugs)))
    versions = current_versions({queue.calendar_id for queue in queues})
    return {queue.slug: QueuePlace(queue, versions[queue.calendar_id]) for queue in queues}


def start_clocks(
    *,
    work: Sequence[tuple[UUID, int, Assessed, QueuePlace]],
    policies: Mapping[str, SlaPolicyVersion],
    now: datetime,
) -> dict[UUID, Due]:
    """Start the claim and decide clocks of (proposal id, workflow id, assessment, place); when each is due.

    `policies` has the SLA policy of every cell, by slug.
    """
    specs = [
        sla.CycleSpec(
            subject_id=proposal_id,
            workflow_id=workflow_id,
            target=target,
            tier=assessed.tier,
            policy_version=policies[assessed.cell.sla],
            calendar_version=place.calendar_version,
        )
        for proposal_id, workflow_id, assessed, place in work
        for target in (Target.CLAIM, Target.DECIDE)
    ]
    cycles = {(cycle.subject_id, cycle.target): cycle for cycle in sla.start_cycles(specs=specs, now=now)}
    return {key: _due(cycles[key, Target.CLAIM], cycles[key, Target.DECIDE]) for key, *_rest in work}


def _due(claim: ClockCycle, decide: ClockCycle) -> Due:
    return Due(claim.due_at, decide.due_at, decide)


def open_tasks(
    *,
    work: Sequence[tuple[Proposal, Assessed, QueuePlace]],
    due: Mapping[UUID, Due],
    agent_owner_id: int,
    now: datetime,
    excluded: Mapping[UUID, Sequence[int]] | None = None,
    seconds: Mapping[UUID, Queue] | None = None,
    together: Mapping[UUID, UUID] | None = None,
) -> list[Task]:
    """Insert one task per proposal and its visit to the queue, at the end of the caller's `together`.

    `excluded`: ids of people who may not have a proposal's task, because they know the case. `seconds`: the queues of
    those whose second decision is made elsewhere than the first. `together`: keys of `gathering`.
    """
    tasks = [
        Task(
            proposal=proposal,
            workflow_id=proposal.workflow_id,
            queue=place.queue,
            tier=assessed.tier,
            quorum=assessed.quorum,
            is_blind_first=assessed.is_blind_first,
            verbs=[verb.value for verb in assessed.cell.verbs],
            agent_owner_id=agent_owner_id,
            excluded=list((excluded or {}).get(proposal.pk, ())),
            second_queue=(seconds or {}).get(proposal.pk),
            together=(together or {}).get(proposal.pk),
            opened_at=now,
            claim_due_at=due[proposal.pk].claim_at,
            due_at=due[proposal.pk].decide_at,
            rank_at=ranking.rank_at(next_due_at=due[proposal.pk].next_at, tier=assessed.tier),
        )
        for proposal, assessed, place in work
    ]
    insert_at_end(tasks)
    insert_at_end([visit(task, task.queue, Came.OPENED, now) for task in tasks])
    live.announce({f"queue:{task.queue_id}" for task in tasks})
    return tasks


def visit(task: Task, queue: Queue, came: Came, now: datetime) -> QueueVisit:
    """An unsaved visit of the task to the queue, beginning now."""
    return QueueVisit(
        task=task, queue=queue, workflow_id=task.workflow_id, came=came, entered_at=now, due_at=task.due_at
    )
