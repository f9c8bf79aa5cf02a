"""Waiting tasks of a queue that one person may approve together: by slice, in the order they are taken."""

from dataclasses import dataclass
from itertools import groupby

from apps.accounts.models import User
from apps.accounts.policies import allows
from apps.registry.states import Consequence, Reversibility, Stage
from apps.reviews import policies
from apps.reviews.bulk import FEWEST, MOST
from apps.reviews.models import Queue, Task
from apps.reviews.states import TaskStatus
from apps.routing.states import Verb
from apps.trust.models import Slice
from apps.trust.states import Basis

# More than the groups of one page hold are never looked at.
_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Alike:
    """The tasks of one slice, at most as many as go together."""

    slice: Slice
    tasks: list[Task]


def alike(queue: Queue, *, by: User) -> list[Alike]:
    """Every group of at least two, the largest first. Looks at the head of the queue's lowest tier only."""
    rows = (
        Task.objects.filter(
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
        .select_related("proposal__slice", "proposal__action_type", "proposal__agent")
        .order_by("rank_at", "id")[:_LOOKED_AT]
    )
    own, led = policies.queue_ids(by), policies.led_queue_ids(by)
    mine = [task for task in rows if allows(policies.check_fits, task, by=by, queues=own, led=led)]
    mine.sort(key=lambda task: task.proposal.slice_id)
    groups = [list(tasks) for _slice, tasks in groupby(mine, key=lambda task: task.proposal.slice_id)]
    found = [Alike(tasks[0].proposal.slice, tasks[:MOST]) for tasks in groups if len(tasks) >= FEWEST]
    return sorted(found, key=lambda group: -len(group.tasks))
