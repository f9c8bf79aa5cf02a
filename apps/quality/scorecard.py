"""The scorecard of a workflow: each figure in the last four weeks beside the four before, with its trend.

Reads days only, and what is open now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from apps.outcomes.comparing import Comparison, comparisons
from apps.outcomes.figures import is_better, reaches
from apps.outcomes.measuring.quantiles import Estimate
from apps.outcomes.models import Kpi
from apps.outcomes.periods import Period
from apps.quality.days import counts_by_week
from apps.quality.definitions import DEFINITIONS, Definition, Group
from apps.quality.figures import WEEK, Counts, Figure, difference, figure, week_of, weeks_until
from apps.quality.trend import Trend, trend
from apps.registry.models import Workflow
from apps.reviews.models import Task

NOW_WEEKS = 4
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
    target: float | None = None
    reaches_target: bool | None = None


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

    @property
    def lines(self) -> list[Line]:
        """Every line, in the order of the page."""
        return [line for section in self.sections for line in section.lines]


def scorecard(workflow: Workflow, *, now: datetime) -> Scorecard:
    """The scorecard at a moment."""
    today = timezone.localdate(now)
    starts = weeks_until(today, TREND_WEEKS)
    weeks = counts_by_week(workflow.pk, starts)
    lines = [_line(definition, starts, weeks) for definition in DEFINITIONS]
    return Scorecard(
        workflow,
        now_period(today),
        Period(starts[-2 * NOW_WEEKS], starts[-NOW_WEEKS] - timedelta(days=1)),
        [Section(group, [line for line in lines if line.definition.group is group]) for group in Group],
        comparisons(Kpi.objects.filter(workflow=workflow, is_active=True).order_by("name"), now=now),
        _waiting(workflow, now),
    )


def now_period(today: date) -> Period:
    """What "now" means: four weeks of seven days, up to today."""
    return Period(today - timedelta(days=NOW_WEEKS * WEEK - 1), today)


def _line(definition: Definition, starts: Sequence[date], weeks: Sequence[Counts]) -> Line:
    now = figure(definition, weeks[-NOW_WEEKS:])
    before = figure(definition, weeks[-2 * NOW_WEEKS : -NOW_WEEKS])
    by = difference(definition, before, now)
    target = None
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
        target,
        reached,
    )


def _waiting(workflow: Workflow, now: datetime) -> Waiting:
    """Reads open tasks, which are as many as people have to do."""
    open_tasks = Task.objects.filter(workflow=workflow, closed_at__isnull=True, proposal__is_copy=False)
    due = list(open_tasks.values_list("due_at", flat=True))
    late = [at for at in due if at < now]
    return Waiting(len(due), len(late), sum((now - at).total_seconds() for at in late) / _HOUR)
