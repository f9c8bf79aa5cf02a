"""Finds a task with what a page about it reads."""

from uuid import UUID

from apps.audit.reading import Reading
from apps.reviews.models import Task

_DECIDABLE = Reading(Task, "proposal__action_type")


def find_task(task_id: UUID) -> Task:
    """The task with all the card reads by key. Raises Task.DoesNotExist."""
    tasks = Task.objects.select_related(
        "queue",
        "workflow",
        "claimed_by",
        "proposal__workflow",
        "proposal__action_type",
        "proposal__agent",
        "proposal__agent_version",
        "proposal__slice",
        "proposal__assessment",
    )
    return tasks.prefetch_related("proposal__alternatives").get(pk=task_id)


def find_decidable(task_id: UUID) -> Task:
    """The task with what its forms read, and no more: nothing of it is shown. Raises Task.DoesNotExist."""
    task = _DECIDABLE.first("WHERE reviews_task.id = %s", [task_id])
    if task is None:
        raise Task.DoesNotExist
    return task
