"""The scorecard of a workflow: each figure in the last four weeks beside the four before, with its trend.

Reads days only, and what is open now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from apps.costs.figures import CostPerTask, cost_per_task
from apps.outcomes.comparing import Comparison, comparisons
from apps.outcomes.figures import is_better, reaches
from apps.outcomes.measuring.quantiles import Estimate
from apps.outcomes.models import Kpi
from apps.outcomes.periods import Period
from apps.quality.days import counts_by_week
from apps.quality.definitions import DEFINITIONS, Definition, Group
from apps.quality.figures import (
    NOW_WEEKS,
    WEEK,
    Counts,
    Figure,
    difference,
    figure,
    is_surely_beyond,
    week_of,
    weeks_until,
)
from apps.quality.models import Alert, Target
from apps.quality.trend import Trend, trend
from apps.registry.models import Workflow
from apps.reviews.models import Task

TREND_WEEKS = 12
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Line:
    """One figure as it stands. `by` is the change, None while there is not enough; `is_better` None: may be chance."""

    definition: Definition
    now: Figure
    before: Figure
    by: Estimate | None
    is_better: bool | None
    trend: Trend
    wanted: Target | None
    reaches_target: bool | None
    alert: Alert | None

    @property
    def target(self) -> float | None:
        """What is wanted, in the unit of the figure."""
        return _float(self.wanted.target) if self.wanted else None

    @property
    def alert_at(self) -> float | None:
        """From where on it is an alert."""
        return _float(self.wanted.alert_at) if self.wanted else None

    @property
    def is_surely_beyond(self) -> bool:
        """Whether its whole interval is on the worse side of the limit."""
        return self.alert_at is not None and is_surely_beyond(
            self.now, self.alert_at, self.definition.direction
        )


@dataclass(frozen=True, slots=True)
class Section:
    """One of the four groups."""

    group: Group
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is open now: tasks, those of them beyond their target, and the hours that makes so far."""

    tasks: int
    late: int
    hours: float


@dataclass(frozen=True, slots=True)
class Scorecard:
    """All of it, for two periods of the same length."""

    workflow: Workflow
    period: Period
    before: Period
    sections: list[Section]
    kpis: list[Comparison]
    waiting: Waiting
    cost: CostPerTask
    cost_before: CostPerTask

    @property
    def percent_of_manual(self) -> float | None:
        """What a task costs now, in percent of what it costs by hand."""
        share = self.cost.share_of_manual
        return None if share is None else 100 * float(share)

    @property
    def alerts(self) -> list[Line]:
        """The lines with a live alert, those first that wait for their owner."""
        found = [line for line in self.lines if line.alert is not None]
        return sorted(found, key=lambda line: bool(line.alert and line.alert.acknowledged_at))

    @property
    def lines(self) -> list[Line]:
        """Every line, in the order of the page."""
        return [line for section in self.sections for line in section.lines]


def scorecard(workflow: Workflow, *, now: datetime) -> Scorecard:
    """The scorecard at a moment."""
    today = timezone.localdate(now)
    starts = weeks_until(today, TREND_WEEKS)
    weeks = counts_by_week(workflow.pk, starts)
    wanted = {row.figure: row for row in Target.objects.filter(workflow=workflow).select_related("owner")}
    live = Alert.objects.filter(target__workflow=workflow, ended_at__isnull=True)
    alerts = {alert.target_id: alert for alert in live.select_related("owner", "acknowledged_by")}
    lines = [
        line_of(definition, starts, weeks, row, alerts.get(row.pk) if row else None)
        for definition in DEFINITIONS
        for row in [wanted.get(definition.key)]
    ]
    period, before = now_period(today), Period(starts[-2 * NOW_WEEKS], starts[-NOW_WEEKS] - timedelta(days=1))
    return Scorecard(
        workflow,
        period,
        before,
        [Section(group, [line for line in lines if line.definition.group is group]) for group in Group],
        comparisons(Kpi.objects.filter(workflow=workflow, is_active=True).order_by("name"), now=now),
        _waiting(workflow, now),
        cost_per_task(workflow.pk, between=period.between, now=now),
        cost_per_task(workflow.pk, between=before.between, now=now),
    )


def now_period(today: date) -> Period:
    """What "now" means: four weeks of seven days, up to today."""
    return Period(today - timedelta(days=NOW_WEEKS * WEEK - 1), today)


def line_of(
    definition: Definition,
    starts: Sequence[date],
    weeks: Sequence[Counts],
    wanted: Target | None = None,
    alert: Alert | None = None,
) -> Line:
    """A figure of these weeks, the last four beside the four before."""
    now = figure(definition, weeks[-NOW_WEEKS:])
    before = figure(definition, weeks[-2 * NOW_WEEKS : -NOW_WEEKS])
    by = difference(definition, before, now)
    target = _float(wanted.target) if wanted else None
    reached = None
    if target is not None and now.value is not None and now.is_enough:
        reached = reaches(now.value, target, definition.direction)
    return Line(
        definition,
        now,
        before,
        by,
        is_better(by, definition.direction) if by else None,
        trend([week_of(definition, on, counts) for on, counts in zip(starts, weeks, strict=True)], target),
        wanted,
        reached,
        alert,
    )


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _waiting(workflow: Workflow, now: datetime) -> Waiting:
    """Reads open tasks, which are as many as people have to do."""
    open_tasks = Task.objects.filter(workflow=workflow, closed_at__isnull=True, proposal__is_copy=False)
    due = list(open_tasks.values_list("due_at", flat=True))
    late = [at for at in due if at < now]
    return Waiting(len(due), len(late), sum((now - at).total_seconds() for at in late) / _HOUR)
