"""Where do second and third looks at overrides stand, and which of them may nobody take? Told to trust on start.

Of such a look the queue knows only a copy like any other: what is told here goes to pages and messages that speak of a
slice, never of a task.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from apps.proposals.examining import open_looks
from apps.proposals.models import Examination
from apps.proposals.states import Purpose
from apps.reviews.models import Task
from apps.reviews.staff import Staff
from apps.reviews.states import TaskStatus
from apps.trust.models import Slice
from apps.trust.pending import Looks, Stuck


def looks(slice_id: int, agent_version_id: int | None, now: datetime) -> Looks:
    """Those nobody has concluded. Two queries, and those of `Staff` when any waits in a queue."""
    wanted = open_looks(slice_id)
    if agent_version_id is not None:
        wanted = wanted.filter(original__agent_version_id=agent_version_id)
    copies = list(wanted.values_list("copy_id", flat=True))
    if not any(copies):
        return Looks(len(copies))
    waiting = Task.objects.filter(proposal_id__in=[copy for copy in copies if copy], status=TaskStatus.OPEN)
    staff, stuck = Staff(now), Counter[tuple[str, str]]()
    for task in waiting.select_related("queue"):
        if not staff.eligible(task):
            stuck[task.queue.name, task.queue.slug] += 1
    return Looks(len(copies), tuple(Stuck(name, slug, n) for (name, slug), n in sorted(stuck.items())))


def held_up_by(tasks: Collection[UUID]) -> list[tuple[Slice, int]]:
    """The slices for which looks among these tasks are to be made, and how many. Two queries."""
    looked_at = Examination.objects.filter(copy__task__in=tasks, purpose=Purpose.SECOND_LOOK)
    found = Counter(looked_at.values_list("original__slice_id", flat=True))
    rows = Slice.objects.filter(pk__in=found).select_related("action_type", "agent", "workflow")
    return [(row, found[row.pk]) for row in rows.order_by("pk")]
