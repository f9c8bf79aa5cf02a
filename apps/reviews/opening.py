"""Opens tasks for proposals that need a person, in the queue the matrix names, with their clocks running."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from apps.audit.insertion import insert
from apps.delivery import live
from apps.proposals.models import Proposal
from apps.reviews import ranking
from apps.reviews.models import Queue, Task
from apps.routing.facts import Assessed
from apps.sla import actions as sla
from apps.sla.models import CalendarVersion
from apps.sla.queries import current_versions


class Due(NamedTuple):
    """When a task has to be claimed and decided."""

    claim_at: datetime
    decide_at: datetime


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


def start_clocks(*, work: Sequence[tuple[UUID, int, Assessed, QueuePlace]], now: datetime) -> dict[UUID, Due]:
    """Start the claim and decide clocks of (proposal id, workflow id, assessment, place); when each is due."""
    specs = [
        sla.CycleSpec(
            subject_id=proposal_id,
            workflow_id=workflow_id,
            target=target,
            duration=within,
            calendar_version=place.calendar_version,
        )
        for proposal_id, workflow_id, assessed, place in work
        for target, within in (("claim", assessed.cell.claim_within), ("decide", assessed.cell.decide_within))
    ]
    due = {(cycle.subject_id, cycle.target): cycle.due_at for cycle in sla.start_cycles(specs=specs, now=now)}
    return {key: Due(due[key, "claim"], due[key, "decide"]) for key, *_rest in work}


def open_tasks(
    *,
    work: Sequence[tuple[Proposal, Assessed, QueuePlace]],
    due: Mapping[UUID, Due],
    agent_owner_id: int,
    now: datetime,
) -> list[Task]:
    """Insert one task per proposal, inside the caller's transaction. One statement."""
    tasks = [
        Task(
            proposal=proposal,
            workflow_id=proposal.workflow_id,
            queue=place.queue,
            tier=assessed.tier,
            quorum=assessed.quorum,
            verbs=[verb.value for verb in assessed.cell.verbs],
            agent_owner_id=agent_owner_id,
            opened_at=now,
            claim_due_at=due[proposal.pk].claim_at,
            due_at=due[proposal.pk].decide_at,
            rank_at=ranking.rank_at(next_due_at=due[proposal.pk].decide_at, tier=assessed.tier),
        )
        for proposal, assessed, place in work
    ]
    insert(tasks)
    live.announce({f"queue:{task.queue_id}" for task in tasks})
    return tasks
