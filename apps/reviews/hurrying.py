"""Asks the escalation chain of a task to move now instead of at its next moment: a flag on the task, which it reads."""

from datetime import datetime
from uuid import UUID

from apps.audit.actors import Acting
from apps.reviews.models import Task
from apps.reviews.telling import tell


def set_hurried(task: Task, *, by: Acting | None, now: datetime, reason: str) -> bool:
    """Part of a verb that has locked the task. False when the chain is asked already and has not moved yet."""
    if task.hurried_at is not None:
        return False
    task.hurried_at = now
    task.save(update_fields=["hurried_at"])
    tell("task.hurried", task, by=by, now=now, data={"reason": reason})
    return True


def answer_hurry(*, task_id: UUID) -> bool:
    """The chain has moved, and may be asked again. Part of its transaction, in which the task is locked."""
    return bool(Task.objects.filter(pk=task_id, hurried_at__isnull=False).update(hurried_at=None))
