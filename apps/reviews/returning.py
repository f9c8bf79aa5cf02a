"""Brings a claimed task back to its queue: returned, skipped, taken away by a lead, or its claim ran out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, allows
from apps.audit.actors import Acting
from apps.audit.sweeping import sweep
from apps.audit.turns import together
from apps.audit.updating import update
from apps.delivery.lines import short
from apps.delivery.notifying import notify
from apps.proposals import changes
from apps.proposals.states import Substatus
from apps.reviews import policies, ranking
from apps.reviews.hurrying import set_hurried
from apps.reviews.keeping import check_may_pass
from apps.reviews.locking import first_lockable, locked
from apps.reviews.models import Task
from apps.reviews.queries import eligible_people
from apps.reviews.states import MOVES, TaskStatus
from apps.reviews.telling import tell
from apps.sla.queries import next_due

SKIPS_THAT_HURRY = 2
_HOLDER = ["claimed_by", "claimed_at", "lease_token", "lease_expires_at", "settles_at"]


def release(*, task_id: UUID, by: User, now: datetime) -> Task:
    """Return a claimed task to its queue: the holder, or a lead of the queue. Raises NotAllowed."""
    with transaction.atomic(), together():
        task = locked(task_id)
        if not allows(policies.check_held, task, by=by):
            policies.check_take_away(task, by=by)
        if task.status not in MOVES["release"].before:
            raise NotAllowed(_("Nobody holds this task."))
        reopen(task, move="release", audit_verb="task.released", by=by, now=now)
        return task


def skip(*, task_id: UUID, by: User, reason: str, now: datetime) -> Task:
    """Return a task for good, with a reason: it goes to others. Raises NotAllowed, Invalid (see `keeping`)."""
    if not reason.strip():
        raise NotAllowed(_("Say why you skip this task: the next person will see it."))
    with transaction.atomic(), together():
        task = locked(task_id)
        policies.check_held(task, by=by)
        check_may_pass(task, by=by, field="reason")
        if by.pk not in task.skipped_by:
            task.skipped_by = [*task.skipped_by, by.pk]
        reopen(
            task,
            move="skip",
            audit_verb="task.skipped",
            by=by,
            now=now,
            boosts=1,
            reason=reason.strip(),
            also=["skipped_by"],
        )
        _hurry_if_unwanted(task, by, now)
        return task


def _hurry_if_unwanted(task: Task, by: User, now: datetime) -> None:
    """Two skips, or nobody else left who could take it: the chain goes on now."""
    if len(task.skipped_by) >= SKIPS_THAT_HURRY:
        set_hurried(task, by=None, now=now, reason=_("Several people skipped it."))
    elif not [person for person in eligible_people(task, now) if person != by]:
        set_hurried(task, by=None, now=now, reason=_("Nobody else is left who could take it."))


def return_lost_claims(*, now: datetime, limit: int = 200) -> int:
    """Return tasks whose claim ran out, before their equals. Any number of sweepers may run. How many came back."""
    lost = Task.objects.filter(status=TaskStatus.CLAIMED, lease_expires_at__lte=now)
    in_order = lost.order_by("lease_expires_at")
    return sweep(
        next_due=lambda failed: first_lockable(in_order.exclude(pk__in=failed)),
        act=lambda task: lose(task, now),
        limit=limit,
    )


def lose(task: Task, now: datetime) -> None:
    """Bring a locked task back to its queue, with a line to the person who held it: it is not theirs any more."""
    holder = task.claimed_by
    if holder is not None and holder.pk not in task.lost_by:
        task.lost_by = [*task.lost_by, holder.pk]
    reopen(
        task, move="lose_claim", audit_verb="task.lease_lost", by=None, now=now, boosts=1, also=["lost_by"]
    )
    if holder is not None:
        notify(
            people=[holder],
            kind="claim_lost",
            title=_("Your claim ended: {summary}").format(summary=short(task.headline)),
            text=_(
                "You held a task in {queue} and did not decide in time, so it went back to the queue."
            ).format(queue=task.queue.name),
            link=f"/tasks/{task.pk}/",
            tier=task.tier,
            now=now,
            workflow_id=task.workflow_id,
            proposal_id=task.proposal_id,
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
    also: Sequence[str] = (),
    data: Mapping[str, object] | None = None,
    topics: Iterable[str] = (),
) -> None:
    """Put a task, locked with its proposal, back among the waiting ones.

    `also` names further fields the caller changed, `data` goes into the audit event, `topics` are told too.
    """
    holder = task.claimed_by
    task.status = MOVES[move].after
    for name in _HOLDER:
        setattr(task, name, None)
    next_due_at = next_due([task.proposal_id]).get(task.proposal_id, task.due_at)
    if boosts:
        # It was claimed in time and for nothing: that must not put it behind those that wait for their first claim.
        next_due_at = min(next_due_at, task.claim_due_at)
    task.rank_at = ranking.rank_at(next_due_at=next_due_at, tier=task.tier, boosts=boosts)
    task.version += 1
    update(task, "status", *_HOLDER, "rank_at", "version", *also)
    if task.deciders:
        substatus = Substatus.SECOND_APPROVAL
    changes.set_substatus(task.proposal, substatus, due_at=task.due_at)
    tell(
        audit_verb,
        task,
        by=by,
        now=now,
        data={"holder": holder.name if holder else "", "reason": reason, **(data or {})},
        also=[*topics, *([f"person:{holder.pk}"] if holder else [])],
    )
