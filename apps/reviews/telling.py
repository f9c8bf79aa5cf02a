"""Tells that something happened to a task: the audit log, and every page that shows it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from apps.audit import actions as audit
from apps.audit.actors import Acting
from apps.delivery import live
from apps.reviews.models import Task


def tell(
    verb: str,
    task: Task,
    *,
    by: Acting | None,
    now: datetime,
    data: dict[str, Any] | None = None,
    also: Iterable[str] = (),
) -> None:
    """Write the event and wake the pages of the task's queues, its holder and its proposal; `also` further topics."""
    audit.record(
        verb=verb,
        now=now,
        by=by,
        subject=("task", task.pk, task.queue.name),
        workflow_id=task.workflow_id,
        proposal_id=task.proposal_id,
        data=data,
    )
    holder = {f"person:{task.claimed_by_id}"} if task.claimed_by_id else set()
    live.announce({*task.topics, *holder, f"proposal:{task.proposal_id}", *also})
