"""Brings a claimed task back to its queue: returned, skipped, taken away by a lead, or its claim ran out."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, allows
from apps.audit import actions as audit
from apps.audit.actors import Acting
from apps.audit.sweeping import sweep
from apps.delivery import live
from apps.delivery.actions import send_email
from apps.proposals import changes
from apps.proposals.states import Substatus
from apps.reviews import policies, ranking
from apps.reviews.models import Task
from apps.reviews.states import MOVES, TaskStatus

_HOLDER = ["claimed_by", "claimed_at", "lease_token", "lease_expires_at", "settles_at"]


def release(*, task_id: UUID, by: User, now: datetime) -> Task:
    """Return a claimed task to its queue: the holder, or a lead of the queue. Raises NotAllowed."""
    with transaction.atomic():
        task = locked(task_id)
        if not allows(policies.check_held, task, by=by):
            policies.check_take_away(task, by=by)
        if task.status not in MOVES["release"].before:
            raise NotAllowed(_("Nobody holds this task."))
        reopen(task, move="release", audit_verb="task.released", by=by, now=now)
        return task


def skip(*, task_id: UUID, by: User, reason: str, now: datetime) -> Task:
    """Return a task for good, with a reason: it goes to others. Raises NotAllowed."""
    if not reason.strip():
        raise NotAllowed(_("Say why you skip this task: the next person will see it."))
    with transaction.atomic():
        task = locked(task_id)
        policies.check_held(task, by=by)
        task.skipped_by = [*task.skipped_by, by.pk]
        reopen(task, move="skip", audit_verb="task.skipped", by=by, now=now, boosts=1, reason=reason.strip())
        return task


def return_lost_claims(*, now: datetime, limit: int = 200) -> int:
    """Return tasks whose claim ran out, before their equals. Any number of sweepers may run. How many came back."""
    lost = (
        lockable().filter(status=TaskStatus.CLAIMED, lease_expires_at__lte=now).order_by("lease_expires_at")
    )
    return sweep(
        next_due=lambda failed: lost.exclude(pk__in=failed).first(),
        act=lambda task: _lose(task, now),
        limit=limit,
    )


def _lose(task: Task, now: datetime) -> None:
    """Back to the queue, and a line to the person who held it: the work they meant to do is not theirs any more."""
    holder = task.claimed_by
    reopen(task, move="lose_claim", audit_verb="task.lease_lost", by=None, now=now, boosts=1)
    if holder is not None:
        send_email(
            to=holder.email,
            subject=_("Your claim ended: {queue}").format(queue=task.queue.name),
            body=_(
                "You held a task in {queue} and did not decide in time, so it went back to the queue.\n\n{link}\n"
            ).format(queue=task.queue.name, link=f"{settings.BASE_URL}/tasks/{task.pk}/"),
            now=now,
        )


def lockable() -> QuerySet[Task]:
    """Tasks to sweep: locked when read, those locked by others left out."""
    return Task.objects.select_for_update(skip_locked=True, of=("self",), no_key=True).select_related(
        "queue", "workflow", "claimed_by"
    )


def locked(task_id: UUID) -> Task:
    """The task, its row locked until the transaction ends. Raises Task.DoesNotExist."""
    return (
        Task.objects.select_for_update(of=("self",), no_key=True)
        .select_related("queue", "workflow", "claimed_by")
        .get(pk=task_id)
    )


def reopen(
    task: Task,
    *,
    move: str,
    audit_verb: str,
    by: Acting | None,
    now: datetime,
    boosts: int = 0,
    reason: str = "",
    substatus: Substatus = Substatus.QUEUED,
) -> None:
    """Put a locked task back among the waiting ones."""
    holder = task.claimed_by
    task.status = MOVES[move].after
    for name in _HOLDER:
        setattr(task, name, None)
    task.rank_at = ranking.rank_at(next_due_at=task.due_at, tier=task.tier, boosts=boosts)
    task.version += 1
    task.save(update_fields=["status", *_HOLDER, "rank_at", "skipped_by", "version"])
    if task.deciders:
        substatus = Substatus.SECOND_APPROVAL
    changes.set_substatus(changes.locked(task.proposal_id), substatus, due_at=task.due_at)
    audit.record(
        verb=audit_verb,
        now=now,
        by=by,
        subject=("task", task.pk, task.queue.name),
        workflow_id=task.workflow_id,
        proposal_id=task.proposal_id,
        data={"holder": holder.name if holder else "", "reason": reason},
    )
    topics = [f"queue:{task.queue_id}"]
    live.announce([*topics, f"person:{holder.pk}"] if holder else topics)
