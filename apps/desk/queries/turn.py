"""What a person's own page shows: what they hold, what waits in their queues, what others hold.

Everything is read through the partial indexes of open tasks: the cost does not depend on what was ever decided.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

from apps.accounts.models import User
from apps.reviews.models import Decision, Queue, Task
from apps.reviews.states import TaskStatus

DUE_SOON = timedelta(hours=1)
_RECENT = 6


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """What waits in one queue, and what people of it hold. Whole numbers, never rounded."""

    queue: Queue
    waiting: int
    overdue: int
    due_soon: int
    held: int


@dataclass(frozen=True, slots=True)
class HeldByOthers:
    """How many tasks of some queues others are working on, and when the first of them comes back at the latest."""

    count: int
    first_back_at: datetime | None


def queue_loads(queue_ids: Collection[int], *, now: datetime) -> list[QueueLoad]:
    """One entry for every queue, by name. Three queries."""
    waiting = {
        row["queue_id"]: (row["waiting"], row["overdue"], row["due_soon"])
        for row in Task.objects.filter(queue_id__in=queue_ids, status=TaskStatus.OPEN)
        .values("queue_id")
        .annotate(
            waiting=Count("*"),
            overdue=Count("due_at", filter=Q(due_at__lt=now)),
            due_soon=Count("due_at", filter=Q(due_at__gte=now, due_at__lt=now + DUE_SOON)),
        )
    }
    held = dict(
        Task.objects.filter(queue_id__in=queue_ids, status=TaskStatus.CLAIMED)
        .values("queue_id")
        .annotate(held=Count("*"))
        .values_list("queue_id", "held")
    )
    queues = Queue.objects.filter(pk__in=queue_ids).order_by("name", "pk")
    return [
        QueueLoad(queue, *waiting.get(queue.pk, (0, 0, 0)), held=held.get(queue.pk, 0)) for queue in queues
    ]


def held_by(user: User) -> list[Task]:
    """The tasks this person is working on, the one whose claim ends first on top."""
    return list(
        Task.objects.filter(claimed_by=user, status=TaskStatus.CLAIMED)
        .select_related("queue", "proposal__action_type", "proposal__agent")
        .order_by("lease_expires_at", "id")
    )


def undoable_by(user: User, *, now: datetime) -> list[Decision]:
    """This person's decisions whose undo window is open, the newest first."""
    return list(
        Decision.objects.filter(
            by=user,
            undone_at__isnull=True,
            task__claimed_by=user,
            task__status=TaskStatus.DECIDED,
            task__settles_at__gt=now,
        )
        .select_related("task__proposal__action_type")
        .order_by("-decided_at")
    )


def recently_decided(user: User) -> list[Decision]:
    """This person's last decisions that stand, the newest first."""
    return list(
        Decision.objects.filter(by=user, undone_at__isnull=True)
        .select_related("task__proposal__action_type")
        .order_by("-id")[:_RECENT]
    )


def held_by_others(user: User, queue_ids: Collection[int]) -> HeldByOthers:
    """What others are working on in these queues."""
    row = (
        Task.objects.filter(queue_id__in=queue_ids, status=TaskStatus.CLAIMED)
        .exclude(claimed_by=user)
        .aggregate(count=Count("*"), first=Min("lease_expires_at"))
    )
    return HeldByOthers(row["count"], row["first"])
