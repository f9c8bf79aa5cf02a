"""Moves a task that nobody has answered: to more people, to other people, up, to a second person, or its chain on.

An escalation step and a person call the same verbs; `by` None is ReviewHub, which asks no policy. The clock never
starts again by moving: what changes is who may take the task and where it stands among others. Each verb says whether
it changed anything, so that a step that comes twice does nothing the second time.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.delivery.lines import short
from apps.delivery.notifying import notify
from apps.reviews import hurrying, policies, ranking, returning
from apps.reviews.locking import locked
from apps.reviews.models import Queue, QueueVisit, Task
from apps.reviews.opening import visit
from apps.reviews.states import MOVES, Came, TaskStatus
from apps.reviews.telling import tell

_joins = transaction.atomic(savepoint=False)
# While the undo window is open a decision stands: the verdict, not a move, says what comes next.
UNANSWERED = MOVES["cancel"].before - {TaskStatus.DECIDED}


@_joins
def widen(*, task_id: UUID, queue: Queue, now: datetime, by: User | None = None, reason: str = "") -> bool:
    """Offer the task to the people of a further queue too. False when it is offered there already.

    Raises NotAllowed.
    """
    task = _unanswered(task_id, policies.check_move, by)
    if queue.pk in task.in_queues or _is_elsewhere(task, queue):
        return False
    task.also_in = [*task.also_in, queue.pk]
    task.save(update_fields=["also_in"])
    visit(task, queue, Came.WIDENED, now).save(force_insert=True)
    tell("task.widened", task, by=by, now=now, data={"to": queue.name, "reason": reason})
    return True


@_joins
def reassign(*, task_id: UUID, queue: Queue, now: datetime, by: User | None = None, reason: str = "") -> bool:
    """Move the task to another queue, away from those it was in. False when it is in that one alone already.

    Whoever holds it loses it and is told. Its due time stays. Raises NotAllowed, also while it waits for the agent's
    answer.
    """
    task = _unanswered(task_id, policies.check_move, by)
    if task.in_queues == {queue.pk}:
        return False
    if _is_elsewhere(task, queue):
        if by is None:
            return False
        raise NotAllowed(_("The second who agrees has to be of this queue: it cannot go to another."))
    if task.status not in MOVES["reassign"].before:
        raise NotAllowed(_("The task waits for the agent's answer: move it when it is back."))
    holder, before, left = task.claimed_by, task.queue.name, task.topics
    _leave(task, task.in_queues - {queue.pk}, now)
    if queue.pk not in task.in_queues:
        visit(task, queue, Came.REASSIGNED, now).save(force_insert=True)
    task.queue, task.also_in = queue, []
    returning.reopen(
        task,
        move="reassign",
        audit_verb="task.reassigned",
        by=by,
        now=now,
        reason=reason,
        also=("queue", "also_in"),
        data={"from": before},
        topics=left,
    )
    if holder is not None and holder != by:
        _tell_holder(holder, task, before, now)
    return True


@_joins
def raise_tier(*, task_id: UUID, now: datetime, by: User | None = None, reason: str = "") -> bool:
    """Let the task go before others that are due with it: one tier up. False at the highest.

    Raises NotAllowed.
    """
    task = _unanswered(task_id, policies.check_move, by)
    if task.tier >= ranking.HIGHEST_TIER:
        return False
    task.tier += 1
    # The head start of one more tier; boosts it has stay.
    task.rank_at -= ranking.HEAD_START_PER_TIER
    task.save(update_fields=["tier", "rank_at"])
    tell(
        "task.tier_raised",
        task,
        by=by,
        now=now,
        data={"from": task.tier - 1, "to": task.tier, "reason": reason},
    )
    return True


@_joins
def require_second(*, task_id: UUID, now: datetime, by: User | None = None, reason: str = "") -> bool:
    """Let at least two people decide. False when two have to already.

    Raises NotAllowed.
    """
    task = _unanswered(task_id, policies.check_move, by)
    if task.quorum >= 2:
        return False
    task.quorum = 2
    # Whoever is about to decide has to know that it is not theirs alone any more.
    task.version += 1
    task.save(update_fields=["quorum", "version"])
    tell("task.second_required", task, by=by, now=now, data={"reason": reason})
    return True


@_joins
def hurry(*, task_id: UUID, now: datetime, by: User | None = None, reason: str = "") -> bool:
    """Ask the escalation chain to move now instead of at its next moment. False when it is asked already.

    Raises NotAllowed.
    """
    task = _unanswered(task_id, policies.check_hurry, by)
    return hurrying.set_hurried(task, by=by, now=now, reason=reason)


def _is_elsewhere(task: Task, queue: Queue) -> bool:
    """Whether people of this queue cannot be the second who has to agree."""
    return bool(task.deciders) and task.second_queue_id is not None and queue.pk != task.second_queue_id


def _unanswered(task_id: UUID, check: Callable[..., None], by: User | None) -> Task:
    task = locked(task_id)
    if by is not None:
        check(task, by=by)
    if task.status not in UNANSWERED:
        raise NotAllowed(_("This task is decided or has ended: it cannot be moved."))
    return task


def _leave(task: Task, queue_ids: Iterable[int], now: datetime) -> None:
    staying = QueueVisit.objects.filter(task=task, queue__in=list(queue_ids), left_at__isnull=True)
    staying.update(left_at=now, why_left=Came.REASSIGNED)


def _tell_holder(holder: User, task: Task, before: str, now: datetime) -> None:
    notify(
        people=[holder],
        kind="claim_lost",
        title=_("Your task went to another queue: {summary}").format(summary=short(task.headline)),
        text=_("You held a task in {before}. It went to {queue}, where others decide.").format(
            before=before, queue=task.queue.name
        ),
        link=f"/tasks/{task.pk}/",
        tier=task.tier,
        now=now,
        workflow_id=task.workflow_id,
        proposal_id=task.proposal_id,
    )
