"""Waiting tasks of a queue that one person may approve together: by slice, in the order they are taken.

What carries a doubt is not among them, but named beside them with the reason.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db.models import prefetch_related_objects

from apps.accounts.models import User
from apps.accounts.policies import allows
from apps.desk.queries.doubtful import Doubt, doubts
from apps.registry.states import Consequence, Reversibility, Stage
from apps.reviews import policies
from apps.reviews.bulk import FEWEST, MOST
from apps.reviews.models import Queue, Task
from apps.reviews.states import TaskStatus
from apps.routing.states import Verb
from apps.trust.models import Slice
from apps.trust.states import Basis

__all__ = ["Alike", "Doubt", "Together", "together"]

# More than the groups of one page hold are never looked at.
_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Alike:
    """The tasks of one slice, at most as many as go together."""

    slice: Slice
    tasks: list[Task]


@dataclass(frozen=True, slots=True)
class Together:
    """Every group of at least two, the largest first; and what would be in one but for a doubt."""

    groups: list[Alike]
    left_out: list[tuple[Task, Doubt]]


def together(queue: Queue, *, by: User, among: Collection[UUID] | None = None) -> Together:
    """What there is to approve together. Looks at the head of the queue's lowest tier only, or at those `among` its
    tasks.
    """
    tasks = Task.objects.all() if among is None else Task.objects.filter(pk__in=among)
    rows = (
        tasks.filter(
            queue=queue,
            status=TaskStatus.OPEN,
            tier=0,
            quorum=1,
            deciders=[],
            is_blind_first=False,
            verbs__contains=[Verb.APPROVE.value],
            proposal__consequence=Consequence.LOW,
            proposal__reversibility=Reversibility.REVERSIBLE,
            proposal__stage=Stage.ASSISTED,
            proposal__basis=Basis.FULL,
            proposal__is_copy=False,
        )
        .select_related("proposal__slice", "proposal__action_type", "proposal__agent", "proposal__assessment")
        .order_by("rank_at", "id")[:_LOOKED_AT]
    )
    own, led = policies.queue_ids(by), policies.led_queue_ids(by)
    mine = [task for task in rows if allows(policies.check_fits, task, by=by, queues=own, led=led)]
    mine.sort(key=lambda task: task.proposal.slice_id)
    by_slice = [
        list(tasks)[:MOST] for _slice, tasks in groupby(mine, key=lambda task: task.proposal.slice_id)
    ]
    looked_at = [task for tasks in by_slice if len(tasks) >= FEWEST for task in tasks]
    prefetch_related_objects(looked_at, "proposal__evidence", "proposal__alternatives")
    doubted = doubts(looked_at)
    clear = [[task for task in tasks if task.pk not in doubted] for tasks in by_slice]
    groups = [Alike(tasks[0].proposal.slice, tasks) for tasks in clear if len(tasks) >= FEWEST]
    return Together(
        groups=sorted(groups, key=lambda group: -len(group.tasks)),
        left_out=[(task, doubted[task.pk]) for task in looked_at if task.pk in doubted],
    )
