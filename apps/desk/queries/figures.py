"""The totals of one queue for everybody who looks at it, read once.

Some tasks are not everybody's to see (copies of cases a person knows, `Task.excluded`): what a person's own pages count
must be what is pushed to them, or the difference would tell.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Func, Q

from apps.desk.queries.turn import DUE_SOON
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus

# (waiting, overdue, due within the hour)
Counts = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """What waits in all, and what of it each person who is excluded from something must not see."""

    all: Counts
    hidden: dict[int, Counts]

    def seen_by(self, person_id: int) -> Counts:
        """What this person's pages say."""
        waiting, overdue, due_soon = self.hidden.get(person_id, (0, 0, 0))
        return self.all[0] - waiting, self.all[1] - overdue, self.all[2] - due_soon


def figures(queue_id: int, *, now: datetime) -> Figures:
    """Of the tasks that wait in this queue or are offered in it too. Four queries on the indexes of open tasks."""
    counts = {
        "waiting": Count("*"),
        "overdue": Count("due_at", filter=Q(due_at__lt=now)),
        "due_soon": Count("due_at", filter=Q(due_at__gte=now, due_at__lt=now + DUE_SOON)),
    }
    waiting = Task.objects.filter(status=TaskStatus.OPEN)
    offered = waiting.exclude(also_in=[]).exclude(queue_id=queue_id).filter(also_in__contains=[queue_id])
    whole = [0, 0, 0]
    hidden: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for rows in (waiting.filter(queue_id=queue_id), offered):
        totals = rows.aggregate(**counts)
        _add(whole, [totals[name] for name in counts])
        excluded = rows.exclude(excluded=[]).values(person=Func("excluded", function="unnest"))
        for person, *found in excluded.annotate(**counts).values_list("person", *counts):
            _add(hidden[person], found)
    return Figures(_counts(whole), {person: _counts(sums) for person, sums in hidden.items()})


def _add(sums: list[int], found: Sequence[int]) -> None:
    for position, number in enumerate(found):
        sums[position] += number


def _counts(sums: list[int]) -> Counts:
    waiting, overdue, due_soon = sums
    return waiting, overdue, due_soon
