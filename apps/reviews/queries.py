"""Reads about tasks for other apps: who could take one now, and how much people hold."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count

from apps.accounts.models import User
from apps.reviews.models import Task
from apps.reviews.staff import Staff
from apps.reviews.states import TaskStatus


def eligible_people(task: Task, now: datetime) -> list[User]:
    """Who could take the task now; see `Staff`, which answers for many tasks. Six queries."""
    return Staff(now, task.in_queues).eligible(task)


def held_counts(people: Iterable[int]) -> dict[int, int]:
    """{person id: how many tasks they hold and have not decided}; 0 where none. One query."""
    wanted = list(people)
    held = (
        Task.objects.filter(claimed_by__in=wanted, status=TaskStatus.CLAIMED)
        .values("claimed_by")
        .annotate(held=Count("*"))
    )
    counts = {row["claimed_by"]: row["held"] for row in held}
    return {pk: counts.get(pk, 0) for pk in wanted}
