"""Where do second and third looks at overrides stand, and which of them may nobody take? Told to trust on start.

Of such a look the queue knows only a copy like any other: what is told here goes to pages and messages that speak of a
slice, never of a task.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from apps.proposals.examining import open_looks
from apps.proposals.models import Examination
from apps.proposals.states import Purpose
from apps.reviews.models import Task
from apps.reviews.staff import Staff
from apps.reviews.states import TaskStatus
from apps.trust.models import Slice
from apps.trust.pending import Looks, Place, Stuck


def looks(slice_ids: Collection[int], now: datetime) -> Mapping[Place, Looks]:
    """Those nobody has concluded, by slice and agent version. Two queries, and those of `Staff` when any waits in a
    queue.
    """
    open_ones = open_looks(slice_ids).values_list(
        "original__slice_id", "original__agent_version_id", "copy_id"
    )
    n, copies = Counter[Place](), dict[UUID, Place]()
    for slice_id, agent_version_id, copy_id in open_ones:
        n[slice_id, agent_version_id] += 1
        if copy_id is not None:
            copies[copy_id] = (slice_id, agent_version_id)
    stuck = _stuck(copies, now) if copies else {}
    return {
        place: Looks(many, tuple(Stuck(*queue, few) for queue, few in sorted(stuck.get(place, {}).items())))
        for place, many in n.items()
    }


def _stuck(copies: Mapping[UUID, Place], now: datetime) -> dict[Place, Counter[tuple[str, str]]]:
    waiting = Task.objects.filter(proposal_id__in=list(copies), status=TaskStatus.OPEN)
    staff, found = Staff(now), defaultdict[Place, Counter[tuple[str, str]]](Counter)
    for task in waiting.select_related("queue"):
        if not staff.eligible(task):
            found[copies[task.proposal_id]][task.queue.name, task.queue.slug] += 1
    return found


def held_up_by(tasks: Collection[UUID]) -> list[tuple[Slice, int]]:
    """The slices for which looks among these tasks are to be made, and how many. Two queries."""
    looked_at = Examination.objects.filter(copy__task__in=tasks, purpose=Purpose.SECOND_LOOK)
    found = Counter(looked_at.values_list("original__slice_id", flat=True))
    rows = Slice.objects.filter(pk__in=found).select_related("action_type", "agent", "workflow")
    return [(row, found[row.pk]) for row in rows.order_by("pk")]
