"""Brings a task with one decision to the next person, in the queue whose people have to agree as the second."""

from datetime import datetime

from apps.reviews import returning
from apps.reviews.models import QueueVisit, Task
from apps.reviews.opening import visit
from apps.reviews.states import Came


def pass_to_second(task: Task, now: datetime) -> None:
    """Open a locked, decided task for another person: of its second queue, where it has one, and only of that."""
    before, left = task.queue.name, task.topics
    moves = task.second_queue is not None and task.in_queues != {task.second_queue_id}
    if task.second_queue is not None and moves:
        leaving = QueueVisit.objects.filter(task=task, left_at__isnull=True)
        leaving.exclude(queue=task.second_queue).update(left_at=now, why_left=Came.REASSIGNED)
        if task.second_queue_id not in task.in_queues:
            visit(task, task.second_queue, Came.REASSIGNED, now).save(force_insert=True)
        task.queue, task.also_in = task.second_queue, []
    returning.reopen(
        task,
        move="pass_to_second",
        audit_verb="task.passed_to_second",
        by=None,
        now=now,
        also=("queue", "also_in") if moves else (),
        data={"from": before, "to": task.queue.name} if moves else None,
        topics=left if moves else (),
    )
