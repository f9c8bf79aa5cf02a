"""Finds a task with what a page about it reads."""

from uuid import UUID

from django.db.models import prefetch_related_objects

from apps.audit.reading import Reading
from apps.reviews.locking import complete
from apps.reviews.models import Task

_SHOWN = Reading(Task, "queue", "proposal__slice", "proposal__agent_version", "proposal__assessment")
_DECIDABLE = Reading(Task, "proposal__action_type")


def find_task(task_id: UUID) -> Task:
    """The task with all the card reads by key. Raises Task.DoesNotExist."""
    task = _find(_SHOWN, task_id)
    complete([task])
    prefetch_related_objects([task.proposal], "alternatives")
    return task


def find_decidable(task_id: UUID) -> Task:
    """The task with what its forms read, and no more: nothing of it is shown. Raises Task.DoesNotExist."""
    return _find(_DECIDABLE, task_id)


def _find(reading: Reading[Task], task_id: UUID) -> Task:
    task = reading.first("WHERE reviews_task.id = %s", [task_id])
    if task is None:
        raise Task.DoesNotExist
    return task
