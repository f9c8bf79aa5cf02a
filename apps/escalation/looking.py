"""The auditor's eyes: finds what has stalled, among all tasks that are not closed, whatever their age.

A query path of its own, set-based and apart from the sweepers': what they overlook for any reason is found here. It
reads and answers; healing is `healing`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from apps.delivery.models import Delivery, DeliveryStatus, Notification
from apps.escalation.states import Finding
from apps.escalation.timing import DAILY, LOOK_FOR_ANSWER, REPEATS
from apps.reviews.models import Queue, Task
from apps.reviews.staff import Staff
from apps.reviews.states import TaskStatus

SWEEP = timedelta(seconds=15)
LATE = 2 * SWEEP
# Other sweepers come every few seconds; what they have left for this long they will not do.
STUCK = timedelta(minutes=2)
# Receivers and mail servers may be away for a while; after this long somebody has to look. Old ones are given up.
ARRIVED_BY = timedelta(hours=1)
GIVEN_UP = timedelta(days=7)
# Clocks of several machines differ by seconds; what is further in the future than this was set by a wrong one.
AHEAD = timedelta(minutes=5)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A task that has stalled, and its live run, if it has one."""

    finding: Finding
    task_id: UUID
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class Unstaffed:
    """Waiting tasks of one queue that nobody may take now."""

    queue_id: int
    queue: str
    tasks: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """Everything one look found. `no_result` counts by workflow id, `unsent` messages that should have left, and
    `undelivered` those that were tried and do not arrive.
    """

    open_tasks: int
    stalled: tuple[Found, ...] = ()
    unstaffed: tuple[Unstaffed, ...] = ()
    no_result: Mapping[int, int] = field(default_factory=dict)
    unsent: int = 0
    undelivered: int = 0

    def counts(self) -> dict[str, int]:
        """{finding: how many}, for those there are any of."""
        counts: dict[str, int] = {}
        for found in self.stalled:
            counts[found.finding.value] = counts.get(found.finding.value, 0) + 1
        for finding, count in (
            (Finding.NO_DELIVERY, self.unsent),
            (Finding.NOBODY_ELIGIBLE, sum(len(group.tasks) for group in self.unstaffed)),
            (Finding.NO_RESULT, sum(self.no_result.values())),
            (Finding.UNDELIVERED, self.undelivered),
        ):
            if count:
                counts[finding.value] = count
        return counts


def look(now: datetime) -> Sight:
    """Look at every task that is not closed. A bounded number of queries, whatever their number."""
    return Sight(
        open_tasks=_count_open(),
        stalled=(*_stalled(now), *_paused_too_long(now)),
        unstaffed=tuple(_unstaffed(now)),
        no_result=_no_result(now),
        unsent=_unsent(now),
        undelivered=_undelivered(now),
    )


def still_stalled(now: datetime) -> set[tuple[Finding, UUID]]:
    """What is stalled now, to see whether healing helped."""
    return {(found.finding, found.task_id) for found in (*_stalled(now), *_paused_too_long(now))}


def _count_open() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM reviews_task WHERE closed_at IS NULL")
        return int(cursor.fetchone()[0])


_STALLED = """
    SELECT task.id, run.id,
           CASE WHEN run.id IS NULL THEN 'no_run'
                WHEN task.status = 'decided' AND task.settles_at < %(stuck)s THEN 'unsettled'
                WHEN task.status = 'claimed' AND task.lease_expires_at < %(stuck)s THEN 'lease_over'
                WHEN run.next_at < %(late)s THEN 'late_step'
                ELSE 'ahead'
           END
      FROM reviews_task task
      LEFT JOIN escalation_escalationrun run ON run.task_id = task.id AND run.ended_at IS NULL
     WHERE task.closed_at IS NULL
       AND (run.id IS NULL
            OR run.next_at < %(late)s
            OR task.status = 'decided' AND task.settles_at < %(stuck)s
            OR task.status = 'claimed' AND task.lease_expires_at < %(stuck)s
            -- Later than a chain ever sets it: a clock that was ahead did, and it would be silent until then.
            OR %(clock_is_right)s AND (
                run.next_at > CASE WHEN run.waiting <> '' THEN %(held_at_most)s
                                   WHEN run.loop = 1 THEN %(first_again)s
                                   WHEN run.loop = 2 THEN %(second_again)s
                                   WHEN run.loop > 2 THEN %(daily)s
                                   ELSE run.due_at END
                OR task.claimed_at > %(ahead)s
                OR task.settles_at > %(settled_by)s))
     ORDER BY task.id
"""
# The same of clocks: begun, or paused, at a moment that has not come.
_CLOCK_AHEAD = """
    SELECT task.id, run.id FROM reviews_task task
      JOIN escalation_escalationrun run ON run.task_id = task.id AND run.ended_at IS NULL
     WHERE task.closed_at IS NULL AND task.proposal_id IN (
           SELECT subject_id FROM sla_clockcycle WHERE status IN ('running', 'breached') AND started_at > %(ahead)s
            UNION
           SELECT subject_id FROM sla_clockcycle WHERE resume_at > %(ahead)s AND paused_at > %(ahead)s)
     ORDER BY task.id
"""


def _stalled(now: datetime) -> list[Found]:
    ahead = now + AHEAD
    first_again, second_again = REPEATS
    moments = {
        "late": now - LATE,
        "stuck": now - STUCK,
        "ahead": ahead,
        "held_at_most": ahead + LOOK_FOR_ANSWER,
        "first_again": ahead + first_again,
        "second_again": ahead + second_again,
        "daily": ahead + DAILY,
        "settled_by": ahead + timedelta(seconds=settings.REVIEWHUB_UNDO_SECONDS),
    }
    with connection.cursor() as cursor:
        is_right = _is_clock_right()
        cursor.execute(_STALLED, {**moments, "clock_is_right": is_right})
        found = [Found(Finding(finding), task_id, run_id) for task_id, run_id, finding in cursor.fetchall()]
        if is_right:
            known = {one.task_id for one in found}
            cursor.execute(_CLOCK_AHEAD, {"ahead": ahead})
            rows = cursor.fetchall()
            found += [Found(Finding.AHEAD, task, run) for task, run in rows if task not in known]
    return found


def _is_clock_right() -> bool:
    """Whether this machine's clock and the database's agree: with one that is behind, all others seem to be ahead."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (there,) = cursor.fetchone()
    here = timezone.now()
    if abs(here - there) <= AHEAD:
        return True
    log.error("clocks_differ", here=here.isoformat(), database=there.isoformat())
    return False


def _paused_too_long(now: datetime) -> list[Found]:
    """Tasks that wait for an agent's answer past the end of their pause."""
    late = Task.objects.filter(status=TaskStatus.ASKED, resume_at__lt=now - STUCK)
    return [Found(Finding.PAUSED_TOO_LONG, task_id) for task_id in late.values_list("pk", flat=True)]


# Tasks with the same queues and exclusions have the same answer: there are few such groups, however many tasks.
_WAITING = """
    SELECT queue_id, also_in, agent_owner_id, deciders || excluded AS barred, skipped_by FROM reviews_task
     WHERE closed_at IS NULL AND status = 'open'
     GROUP BY queue_id, also_in, agent_owner_id, barred, skipped_by
"""
_IN_GROUP = """
    SELECT id FROM reviews_task
     WHERE closed_at IS NULL AND status = 'open' AND queue_id = %s AND also_in = %s::bigint[]
       AND agent_owner_id = %s AND deciders || excluded = %s::bigint[] AND skipped_by = %s::bigint[]
"""


def _unstaffed(now: datetime) -> Iterable[Unstaffed]:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        groups = cursor.fetchall()
    if not groups:
        return
    staff = Staff(now)
    nobody: dict[int, list[UUID]] = {}
    for group in groups:
        queue_id, also_in, owner_id, barred, skipped_by = group
        if not staff.free({queue_id, *also_in}, {owner_id, *barred}, skipped_by):
            nobody.setdefault(queue_id, []).extend(_tasks_in(group))
    names = dict(Queue.objects.filter(pk__in=nobody).values_list("pk", "name"))
    for queue_id in sorted(nobody):
        yield Unstaffed(queue_id, names[queue_id], tuple(nobody[queue_id]))


def _tasks_in(group: Sequence[Any]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_IN_GROUP, list(group))
        return [task_id for (task_id,) in cursor.fetchall()]


_NO_RESULT = """
    SELECT workflow_id, count(*) FROM sla_clockcycle
     WHERE status IN ('running', 'breached') AND target = 'result' AND due_at < %(now)s
     GROUP BY workflow_id
"""


def _no_result(now: datetime) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_NO_RESULT, {"now": now})
        return {int(workflow_id): int(count) for workflow_id, count in cursor.fetchall()}


def _unsent(now: datetime) -> int:
    """Notifications nobody made messages of, and messages nobody tried to send, although their moment came."""
    unpacked = Notification.objects.unpacked(now - STUCK).count()
    return unpacked + Delivery.objects.filter(status=DeliveryStatus.WAITING, next_at__lt=now - STUCK).count()


def _undelivered(now: datetime) -> int:
    """Messages of the last days that were tried, in vain so far or for good."""
    since = Delivery.objects.filter(created_at__gt=now - GIVEN_UP, created_at__lt=now - ARRIVED_BY)
    trying = since.filter(status=DeliveryStatus.WAITING, attempts__gte=2).count()
    return trying + since.filter(status=DeliveryStatus.DEAD).count()
