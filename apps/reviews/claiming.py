"""Gives waiting tasks to people: at most one holder a task, at most a few tasks a person.

Peek without locks at the heads of the queues, then lock one of them with SKIP LOCKED. A peek is an ordered scan of
the partial index `task_waiting`, so its cost depends on what waits, not on what was ever claimed.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.audit import actions as audit
from apps.delivery import actions as delivery
from apps.delivery import live
from apps.proposals import changes
from apps.proposals.states import Substatus
from apps.reviews import policies
from apps.reviews.models import Task
from apps.reviews.states import MOVES, TaskStatus
from apps.sla import actions as sla

# The heads of these queues that this person may take, in order.
HEADS = """
    SELECT head.id
      FROM unnest(%(queues)s::bigint[]) AS wanted(queue_id)
     CROSS JOIN LATERAL (
            SELECT id, rank_at
              FROM reviews_task
             WHERE queue_id = wanted.queue_id
               AND status = 'open'
               AND agent_owner_id <> %(person)s
               AND NOT deciders @> ARRAY[%(person)s]::bigint[]
               AND NOT skipped_by @> ARRAY[%(person)s]::bigint[]
             ORDER BY rank_at
             LIMIT %(width)s) AS head
     ORDER BY head.rank_at
     LIMIT %(width)s
"""
_WIDTHS = (8, 64, 512)


class TooMany(NotAllowed):
    """The person holds as many tasks as one may."""


class Taken(Exception):
    """The task is not waiting any more. Carries the task as it is now."""

    def __init__(self, task: Task) -> None:
        self.task = task
        super().__init__(_("This task is not waiting any more."))


def claim_next(*, by: User, now: datetime, queues: Collection[int] | None = None) -> Task | None:
    """Claim the first waiting task of these queues (default: all of `by`'s); None when nothing waits for them.

    Raises NotAllowed when `by` is away, TooMany at the limit.
    """
    own = policies.queue_ids(by)
    wanted = sorted(own if queues is None else own & set(queues))
    if policies.is_absent(by, now):
        raise NotAllowed(_("You are marked as away. End your absence to take work."))
    for width in _WIDTHS:
        with transaction.atomic():
            _check_room(by)
            heads = _heads(wanted, by, width)
            task = (
                Task.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
                .filter(pk__in=heads, status=TaskStatus.OPEN)
                .order_by("rank_at")
                .select_related("queue", "workflow")
                .first()
            )
            if task is not None:
                return _take(task, by, now)
        if len(heads) < width:
            return None
    return None


def claim(*, task_id: UUID, by: User, now: datetime) -> Task:
    """Claim this task. Claiming what one holds already returns it. Raises NotAllowed, TooMany, Taken."""
    own = policies.queue_ids(by)
    with transaction.atomic():
        task = (
            Task.objects.select_for_update(of=("self",), no_key=True)
            .select_related("queue", "workflow")
            .get(pk=task_id)
        )
        if task.status == TaskStatus.CLAIMED and task.claimed_by_id == by.pk:
            return task
        policies.check_take(task, by=by, queues=own, now=now)
        if task.status not in MOVES["claim"].before:
            raise Taken(task)
        _check_room(by)
        return _take(task, by, now)


def renew(*, task_id: UUID, by: User, lease_token: UUID, now: datetime) -> datetime | None:
    """Lengthen the claim while its page is open: the new end, or None when the claim is lost."""
    task = (
        Task.objects.select_related("queue")
        .filter(pk=task_id, lease_token=lease_token, claimed_by=by)
        .first()
    )
    if task is None or task.status != TaskStatus.CLAIMED or (task.lease_expires_at or now) <= now:
        return None
    ends_at = now + timedelta(seconds=task.queue.lease_seconds)
    changed = Task.objects.filter(pk=task_id, lease_token=lease_token, status=TaskStatus.CLAIMED).update(
        lease_expires_at=ends_at
    )
    return ends_at if changed else None


def held_by(user: User) -> int:
    """How many tasks this person holds and has not decided."""
    return Task.objects.filter(claimed_by=user, status=TaskStatus.CLAIMED).count()


def _check_room(by: User) -> None:
    """Two claims of one person at once must not pass the limit together: the person's row is the lock."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    limit = settings.REVIEWHUB_CLAIMS_PER_PERSON
    if held_by(by) >= limit:
        raise TooMany(_("You hold {limit} tasks already: decide or return one first.").format(limit=limit))


def _heads(queues: list[int], by: User, width: int) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(HEADS, {"queues": queues, "person": by.pk, "width": width})
        return [row[0] for row in cursor.fetchall()]


def _take(task: Task, by: User, now: datetime) -> Task:
    task.status = MOVES["claim"].after
    task.claimed_by = by
    task.claimed_at = now
    task.lease_token = uuid4()
    task.lease_expires_at = now + timedelta(seconds=task.queue.lease_seconds)
    task.version += 1
    task.save(
        update_fields=["status", "claimed_by", "claimed_at", "lease_token", "lease_expires_at", "version"]
    )
    sla.meet(subject_id=task.proposal_id, target="claim", now=now)
    proposal = changes.locked(task.proposal_id)
    changes.set_substatus(proposal, Substatus.CLAIMED, due_at=task.due_at)
    delivery.emit(
        type="reviewhub.proposal.claimed.v1",
        subject_id=proposal.pk,
        now=now,
        workflow_id=proposal.workflow_id,
        agent_id=proposal.agent_id,
        data=changes.summary(proposal),
    )
    audit.record(
        verb="task.claimed",
        now=now,
        by=by,
        subject=("task", task.pk, task.queue.name),
        workflow_id=task.workflow_id,
        proposal_id=task.proposal_id,
    )
    live.announce([f"queue:{task.queue_id}", f"person:{by.pk}"])
    return task
