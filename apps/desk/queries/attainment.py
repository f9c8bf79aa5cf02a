"""How well are targets kept: per tier and queue, how long people take, how far chains had to go, what is skipped.

Everything is counted by when it began, in a period of at most a year, in one statement a table: what people looked at
last month does not change when this month is busy. Lengths count as the target does: in working time where it says so;
beside them stands how long it took in all, because what was decided outside hours took no working time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import CharField, Count
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from apps.audit.models import Event
from apps.escalation.reach import EVERYTHING, Reach
from apps.registry.states import Consequence, Reversibility
from apps.reviews.models import Task
from apps.sla.states import Target

_MOST_REASONS = 20


class Period(NamedTuple):
    """From `since` up to, and without, `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Attained:
    """One target of one tier in one queue. `missed` are overdue ones, met later or not; `open` can still be met.

    `median` and `p90` count as the target does, those `_in_all` by the clock on the wall; None where nothing was met.
    """

    queue: str
    tier: int
    target: Target
    met: int
    missed: int
    open: int
    median: timedelta | None
    p90: timedelta | None
    median_in_all: timedelta | None
    p90_in_all: timedelta | None

    @property
    def due(self) -> int:
        return self.met + self.missed

    @property
    def share(self) -> float | None:
        """Of those that are over, how many were met in time; None when none is over."""
        return self.met / self.due if self.due else None

    @property
    def percent(self) -> float:
        return 100 * (self.share or 0.0)

    @property
    def about(self) -> str:
        """The tier in words: its consequence and reversibility."""
        consequence = list(Consequence)[min(self.tier // 3, 3)]
        return f"{consequence.label}, {list(Reversibility)[self.tier % 3].label}"


@dataclass(frozen=True, slots=True)
class Total:
    """The same over all rows of a table."""

    met: int
    missed: int
    open: int

    @property
    def share(self) -> float | None:
        due = self.met + self.missed
        return self.met / due if due else None


@dataclass(frozen=True, slots=True)
class Reached:
    """How many tasks of a chain got to this step and no further; step 0 is none. `share` is of the chain's tasks."""

    chain: str
    step: int
    tasks: int
    share: float

    @property
    def percent(self) -> float:
        return 100 * self.share


@dataclass(frozen=True, slots=True)
class Skips:
    """How often tasks of a queue were skipped for a reason, as people wrote it."""

    queue: str
    reason: str
    count: int


# A target that is overdue counts as missed from its moment on, whether or not a sweeper has marked it yet. It is
# booked on the queue that had the task when it was met or missed: moving a task later changes no figure.
_ATTAINED = """
    SELECT queue.name, cycle.tier, cycle.target,
           count(*) FILTER (WHERE cycle.met_at IS NOT NULL AND cycle.breached_at IS NULL),
           count(*) FILTER (WHERE cycle.breached_at IS NOT NULL
                               OR cycle.status = 'running' AND cycle.due_at < %(now)s),
           count(*) FILTER (WHERE cycle.status = 'running' AND cycle.due_at >= %(now)s),
           percentile_disc(0.5) WITHIN GROUP (ORDER BY cycle.elapsed) FILTER (WHERE cycle.met_at IS NOT NULL),
           percentile_disc(0.9) WITHIN GROUP (ORDER BY cycle.elapsed) FILTER (WHERE cycle.met_at IS NOT NULL),
           percentile_disc(0.5) WITHIN GROUP (ORDER BY cycle.met_at - cycle.started_at)
                                FILTER (WHERE cycle.met_at IS NOT NULL),
           percentile_disc(0.9) WITHIN GROUP (ORDER BY cycle.met_at - cycle.started_at)
                                FILTER (WHERE cycle.met_at IS NOT NULL)
      FROM sla_clockcycle cycle
      JOIN reviews_task task ON task.proposal_id = cycle.subject_id
     CROSS JOIN LATERAL (
            SELECT least(cycle.due_at, coalesce(cycle.met_at, %(now)s)) AS at) AS ended
      LEFT JOIN LATERAL (
            SELECT visit.queue_id FROM reviews_queuevisit visit
             WHERE visit.task_id = task.id AND visit.entered_at <= ended.at
             ORDER BY coalesce(visit.left_at > ended.at, true) DESC, visit.came = 'widened',
                      visit.entered_at DESC, visit.id DESC LIMIT 1) AS had ON TRUE
      JOIN reviews_queue queue ON queue.id = coalesce(had.queue_id, task.queue_id)
     WHERE cycle.started_at >= %(since)s AND cycle.started_at < %(until)s
       AND (cycle.status <> 'cancelled' OR cycle.breached_at IS NOT NULL)
       AND (%(all)s OR queue.id = ANY(%(queues)s) OR task.workflow_id = ANY(%(workflows)s))
     GROUP BY queue.name, cycle.tier, cycle.target
     ORDER BY queue.name, cycle.tier DESC, cycle.target
"""


def attained(period: Period, *, now: datetime, reach: Reach = EVERYTHING) -> list[Attained]:
    """Every target of tasks within reach that began in the period, by queue, the highest tier first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_ATTAINED, {"now": now, **_asked(period, reach)})
        return [
            Attained(queue, tier, Target(target), *figures)
            for queue, tier, target, *figures in cursor.fetchall()
        ]


def total(rows: Sequence[Attained]) -> Total:
    """The sums of a table."""
    return Total(sum(row.met for row in rows), sum(row.missed for row in rows), sum(row.open for row in rows))


_REACHED = """
    SELECT chain.name, coalesce(far.step + 1, 0) AS step, count(*)
      FROM escalation_escalationrun run
      JOIN escalation_chainversion version ON version.id = run.chain_version_id
      JOIN escalation_chain chain ON chain.id = version.chain_id
      LEFT JOIN LATERAL (SELECT max(done.step) AS step FROM escalation_stepexecution done
                          WHERE done.run_id = run.id AND done.outcome <> 'skipped') far ON TRUE
      JOIN reviews_task task ON task.id = run.task_id
     WHERE run.started_at >= %(since)s AND run.started_at < %(until)s
       AND (%(all)s OR task.queue_id = ANY(%(queues)s) OR task.workflow_id = ANY(%(workflows)s))
     GROUP BY chain.name, 2
     ORDER BY chain.name, 2
"""


def reached(period: Period, *, reach: Reach = EVERYTHING) -> list[Reached]:
    """How far the chains of tasks within reach, opened in the period, have come, by chain. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_REACHED, _asked(period, reach))
        rows = cursor.fetchall()
    tasks: dict[str, int] = {}
    for chain, _step, count in rows:
        tasks[chain] = tasks.get(chain, 0) + count
    return [Reached(chain, step, count, count / tasks[chain]) for chain, step, count in rows]


def skips(period: Period, *, reach: Reach = EVERYTHING) -> list[Skips]:
    """The most frequent reasons for skipping tasks within reach, by queue. One query."""
    events = Event.objects.filter(verb="task.skipped", at__gte=period.since, at__lt=period.until).order_by()
    if not reach.all:
        tasks = Task.objects.filter(queue_id__in=reach.queues) | Task.objects.filter(
            workflow_id__in=reach.workflows
        )
        events = events.filter(subject_kind="task", subject_id__in=tasks.values(text=Cast("pk", CharField())))
    rows = (
        events.values("subject_label", reason=KeyTextTransform("reason", "data"))
        .annotate(count=Count("*"))
        .order_by("-count", "subject_label", "reason")[:_MOST_REASONS]
    )
    return [Skips(row["subject_label"], row["reason"] or "", row["count"]) for row in rows]


def _asked(period: Period, reach: Reach) -> dict[str, Any]:
    return {
        "since": period.since,
        "until": period.until,
        "all": reach.all,
        "queues": sorted(reach.queues),
        "workflows": sorted(reach.workflows),
    }
