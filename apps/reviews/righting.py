"""Puts right what a clock that was ahead has written on a task, once the clock is right again.

Without it a claim, a question, an undo window or a target would last as long again as the clock was ahead.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.reviews import asking, ranking, returning, settling
from apps.reviews.locking import locked
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus
from apps.reviews.telling import tell
from apps.sla import actions as sla
from apps.sla.queries import decide_cycle, next_due
from apps.sla.states import Target


@transaction.atomic
def set_right(*, task_id: UUID, since: datetime, now: datetime) -> None:
    """Whatever of the task begins after `since` begins now, and what was held until then is given back or settled."""
    task = locked(task_id)
    _restart_clocks(task, since, now)
    tell("task.set_right", task, by=None, now=now)
    if task.status == TaskStatus.ASKED and _is_paused_ahead(task, since):
        asking.give_up(task, now)
    elif task.status == TaskStatus.CLAIMED and task.claimed_at is not None and task.claimed_at > since:
        returning.lose(task, now)
    elif task.status == TaskStatus.DECIDED and task.settles_at is not None and task.settles_at > since:
        # Longer than any undo window is open: whoever decided has had the time to take it back.
        settling.settle(task, now)


def _restart_clocks(task: Task, since: datetime, now: datetime) -> None:
    begun = sla.restart_ahead(subject_id=task.proposal_id, since=since, now=now)
    if not begun:
        return
    due = {cycle.target: cycle.due_at for cycle in begun}
    task.claim_due_at = due.get(Target.CLAIM, task.claim_due_at)
    task.due_at = due.get(Target.DECIDE, task.due_at)
    next_due_at = next_due([task.proposal_id]).get(task.proposal_id, task.due_at)
    task.rank_at = ranking.rank_at(next_due_at=next_due_at, tier=task.tier)
    task.version += 1
    task.save(update_fields=["claim_due_at", "due_at", "rank_at", "version"])
    if task.proposal.due_at is not None:
        task.proposal.due_at = task.due_at
        task.proposal.save(update_fields=["due_at"])


def _is_paused_ahead(task: Task, since: datetime) -> bool:
    cycle = decide_cycle(task.proposal_id)
    return cycle is not None and cycle.paused_at is not None and cycle.paused_at > since
