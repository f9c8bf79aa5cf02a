"""Gives waiting tasks to people: at most one holder a task, at most a few tasks a person.

Peek without locks at the heads of the queues, then lock one of them with SKIP LOCKED. A peek is an ordered scan of
the partial index `task_waiting` and, for tasks of other queues offered in these too, of `task_widened`, so its cost
depends on what waits, not on what was ever claimed.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, allows
from apps.audit.turns import together
from apps.audit.updating import update
from apps.delivery import actions as delivery
from apps.proposals import changes
from apps.proposals.states import Substatus
from apps.reviews import policies
from apps.reviews.attending import told
from apps.reviews.holding import held_for_sure, is_room_beside
from apps.reviews.locking import first_lockable, first_lockable_where, locked
from apps.reviews.models import Task
from apps.reviews.states import MOVES, TaskStatus
from apps.reviews.telling import tell
from apps.sla import actions as sla

_FITS = """status = 'open'
               AND agent_owner_id <> %s
               AND NOT deciders @> ARRAY[%s]::bigint[]
               AND NOT excluded @> ARRAY[%s]::bigint[]
               AND NOT skipped_by @> ARRAY[%s]::bigint[]"""
# The heads of these queues that this person may take, for `heads_of`.
HEADS = f"""
    SELECT head.id
      FROM (SELECT waiting.id, waiting.rank_at
              FROM unnest(%s::bigint[]) AS wanted(queue_id)
             CROSS JOIN LATERAL (
                    SELECT id, rank_at
                      FROM reviews_task
                     WHERE queue_id = wanted.queue_id
                       AND {_FITS}
                     ORDER BY rank_at, id
                     LIMIT %s) AS waiting
            UNION ALL
           (SELECT id, rank_at
              FROM reviews_task
             WHERE NOT (also_in = '{{}}')
               AND also_in && %s::bigint[]
               AND {_FITS}
             ORDER BY rank_at, id
             LIMIT %s)) AS head
     ORDER BY head.rank_at, head.id
     LIMIT %s
"""  # noqa: S608  # made of our own constants
_IS_HEAD = f"reviews_task.id IN ({HEADS}) AND reviews_task.status = 'open'"
_WIDTHS = (8, 64, 512)


class TooMany(NotAllowed):
    """The person holds as many tasks as one may."""


class Taken(Exception):
    """The task is not waiting any more. Carries the task as it is now."""

    def __init__(self, task: Task) -> None:
        self.task = task
        super().__init__(_("This task is not waiting any more."))


def claim_next(
    *,
    by: User,
    now: datetime,
    queues: Collection[int] | None = None,
    own: Collection[int] | None = None,
    held_first: bool = False,
) -> Task | None:
    """Claim the first waiting task of these queues (default: all of `by`'s); None when nothing waits for them.

    `own` are the queues of `policies.queue_ids(by)`, if a verb has just found that `by` is here to take tasks of them.
    `held_first`: with a task in hand already, that one is the answer. Raises NotAllowed when `by` is away, TooMany at
    the limit.
    """
    is_away = own is None and policies.is_absent(by, now)
    own = policies.queue_ids(by) if own is None else set(own)
    wanted = sorted(own if queues is None else own & set(queues))
    for width in _WIDTHS:
        with transaction.atomic(), together():
            held = held_for_sure(by)
            if held and held_first:
                return Task.objects.get(pk=held[0])
            if is_away:
                raise NotAllowed(_("You are marked as away. End your absence to take work."))
            _check_room(held)
            task = first_lockable_where(_IS_HEAD, heads_of(wanted, by.pk, width))
            if task is not None:
                take(task, by, now)
                tell("task.claimed", task, by=by, now=now, data={"was_next": True})
                _take_siblings(task, by, own, held, now)
                return task
    return None


def heads_of(queues: Sequence[int], person: int, width: int) -> list[Any]:
    """The values `HEADS` takes, for the first `width` tasks of these queues this person may take."""
    exclusions = [person] * 4
    return [queues, *exclusions, width, queues, *exclusions, width, width]


def claim(*, task_id: UUID, by: User, now: datetime, is_given: bool = False) -> Task:
    """Claim this task. Claiming what one holds already returns it. Raises NotAllowed, TooMany, Taken.

    `is_given`: ReviewHub gives it to `by`, who did not ask; the log says so.
    """
    own = policies.queue_ids(by)
    with transaction.atomic(), together():
        task = locked(task_id)
        if task.status == TaskStatus.CLAIMED and task.claimed_by_id == by.pk:
            return task
        policies.check_take(task, by=by, queues=own, now=now)
        if task.status not in MOVES["claim"].before:
            raise Taken(task)
        held = held_for_sure(by)
        _check_room(held)
        take(task, by, now)
        if is_given:
            tell("task.assigned", task, by=None, now=now, data={"to": by.name})
        else:
            tell("task.claimed", task, by=by, now=now)
        _take_siblings(task, by, own, held, now, is_given=is_given)
        return task


def renew(
    *,
    task_id: UUID,
    by: User,
    lease_token: UUID,
    now: datetime,
    active_ms: int | None = None,
    opened: int | None = None,
) -> datetime | None:
    """Lengthen the claim while its page is open: the new end, or None when it is lost or not theirs any more.

    `active_ms` and `opened` are what the page tells about how it is read.
    """
    task = (
        Task.objects.select_related("queue")
        .filter(pk=task_id, lease_token=lease_token, claimed_by=by)
        .first()
    )
    if task is None or task.status != TaskStatus.CLAIMED or (task.lease_expires_at or now) <= now:
        return None
    queues = policies.queue_ids(by)
    if not task.is_emergency and not allows(policies.check_take, task, by=by, queues=queues, now=now):
        # Away, or out of the queue: the claim ends when it would, and the task goes to others.
        return None
    ends_at = now + timedelta(seconds=task.queue.lease_seconds)
    changed = Task.objects.filter(pk=task_id, lease_token=lease_token, status=TaskStatus.CLAIMED).update(
        lease_expires_at=ends_at, **told(task, active_ms, opened, now)
    )
    return ends_at if changed else None


def _take_siblings(
    task: Task, by: User, own: Collection[int], held: Sequence[UUID], now: datetime, *, is_given: bool = False
) -> None:
    """What waits about the same subject comes along, while there is room: one person sees what may contradict.

    What ReviewHub gives (`is_given`) is nothing they let run out before.
    """
    if task.together is None:
        return
    waiting = Task.objects.filter(together=task.together, status=TaskStatus.OPEN)
    mine = waiting.filter(Q(queue_id__in=own) | Q(also_in__overlap=list(own))).exclude(agent_owner_id=by.pk)
    for known in ("deciders", "excluded", "skipped_by", *(["lost_by"] if is_given else [])):
        mine = mine.exclude(**{f"{known}__contains": [by.pk]})
    in_hand, looked_at = [*held, task.pk], [task.pk]
    while is_room_beside(in_hand):
        other = first_lockable(mine.order_by("rank_at", "id").exclude(pk__in=looked_at))
        if other is None:
            return
        looked_at.append(other.pk)
        if allows(policies.check_fits, other, by=by, queues=own):
            take(other, by, now)
            data = {"with": str(task.pk)}
            if is_given:
                tell("task.assigned", other, by=None, now=now, data={"to": by.name, **data})
            else:
                tell("task.claimed", other, by=by, now=now, data=data)
            in_hand.append(other.pk)


def _check_room(held: Sequence[UUID]) -> None:
    if not is_room_beside(held):
        limit = settings.REVIEWHUB_CLAIMS_PER_PERSON
        raise TooMany(_("You hold {limit} tasks already: decide or return one first.").format(limit=limit))


def take(task: Task, by: User, now: datetime, *, also: Sequence[str] = ()) -> None:
    """Put a locked task into these hands; `also` are further fields the caller changed, and it tells of it."""
    task.status = MOVES["claim"].after
    task.claimed_by = by
    task.claimed_at = now
    task.lease_token = uuid4()
    task.lease_expires_at = now + timedelta(seconds=task.queue.lease_seconds)
    task.active_ms = task.opened = None
    task.version += 1
    update(
        task,
        *("status", "claimed_by", "claimed_at", "lease_token", "lease_expires_at"),
        *("active_ms", "opened", "version"),
        *also,
    )
    sla.meet(subject_id=task.proposal_id, target="claim", now=now)
    proposal = task.proposal
    changes.set_substatus(proposal, Substatus.CLAIMED, due_at=task.due_at)
    if not proposal.is_copy:
        delivery.emit(
            type="reviewhub.proposal.claimed.v1",
            subject_id=proposal.pk,
            now=now,
            workflow_id=proposal.workflow_id,
            agent_id=proposal.agent_id,
            data=changes.summary(proposal),
        )
