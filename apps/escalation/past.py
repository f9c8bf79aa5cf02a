"""Reads how a task went, for `simulation`: who had it when, from the audit log; and which tasks can be tried."""

from datetime import datetime
from uuid import UUID

from apps.audit.models import Event
from apps.escalation.models import EscalationRun
from apps.escalation.reach import EVERYTHING, Reach
from apps.escalation.simulation import Past, Stay
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus
from apps.routing.states import Fallback

RECENT = 25
# What a task is after each of its events; others leave it as it was.
_AFTER = {
    "task.claimed": TaskStatus.CLAIMED,
    "task.assigned": TaskStatus.CLAIMED,
    "task.given_back": TaskStatus.CLAIMED,
    "task.undone": TaskStatus.CLAIMED,
    "task.asked": TaskStatus.ASKED,
    "task.decided": TaskStatus.DECIDED,
    "task.released": TaskStatus.OPEN,
    "task.skipped": TaskStatus.OPEN,
    "task.lease_lost": TaskStatus.OPEN,
    "task.requeued": TaskStatus.OPEN,
    "task.passed_to_second": TaskStatus.OPEN,
}
_HURRY = "task.hurried"
_UNDO = "task.undone"


def recent_tasks(*, reach: Reach = EVERYTHING) -> list[Task]:
    """The newest tasks within reach that are over."""
    over = Task.objects.filter(reach.of_tasks(), closed_at__isnull=False).select_related("queue", "proposal")
    return list(over.order_by("-pk")[:RECENT])


def to_choose_from(text: str, *, reach: Reach = EVERYTHING) -> list[Task]:
    """The tasks within reach that can be tried: the newest, and before them the one whose id this is."""
    recent = recent_tasks(reach=reach)
    try:
        wanted = UUID(text)
    except ValueError:
        return recent
    asked = Task.objects.filter(reach.of_tasks(), pk=wanted).exclude(pk__in=[task.pk for task in recent])
    return [*asked.select_related("queue", "proposal"), *recent]


def find_task(task_id: UUID) -> Task:
    """A task with what a trial needs. Raises Task.DoesNotExist."""
    roles = ("business_owner", "process_owner", "technical_owner", "governance_lead")
    related = ("queue__calendar", "proposal", *(f"workflow__{role}" for role in roles))
    return Task.objects.select_related(*related).get(pk=task_id)


def past_of(task: Task, now: datetime) -> Past:
    """How it went until it was closed, or until now. Two queries."""
    over_at = task.closed_at or now
    events = list(
        Event.objects.filter(subject_kind="task", subject_id=str(task.pk))
        .order_by("at", "id")
        .values_list("verb", "at")
    )
    stays: list[Stay] = []
    status, since = TaskStatus.OPEN, task.opened_at
    for verb, at in [*events, ("", over_at)]:
        after = _AFTER.get(verb, status) if verb else TaskStatus.OPEN
        if after is not status:
            if status is not TaskStatus.OPEN and at > since:
                stays.append(Stay(status, since, at))
            status, since = after, at
    run = EscalationRun.objects.filter(task=task).order_by("pk").first()
    return Past(
        opened_at=task.opened_at,
        over_at=over_at,
        fallback=Fallback(run.fallback) if run is not None else Fallback.HOLD,
        stays=tuple(stays),
        hurried=tuple(at for verb, at in events if verb == _HURRY),
        undone=tuple(at for verb, at in events if verb == _UNDO),
    )
