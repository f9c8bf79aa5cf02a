"""The figure of a KPI over some cases: its value, between what it likely lies, and the weeks it came from. Pure.

Values are in the unit of the measure: hours, percent, times a case, cases a week, money, or what is reported. A figure
needs `ENOUGH` cases (or weeks, or readings) before anything is said of a change; until then it is "not enough yet".
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from statistics import fmean, stdev
from typing import Any

from apps.outcomes.measuring.quantiles import Estimate, change, quantile, value_at
from apps.outcomes.measuring.skewed import mean_of_skewed
from apps.outcomes.measuring.spread import ERROR, Spread, ordered, together
from apps.outcomes.states import Direction, Measure
from apps.trust.statistics.shares import likely_range

ENOUGH = 30
ENOUGH_WEEKS = 4
_HOUR = 3600
_Z = 1.959964
_P90 = 0.9


@dataclass(frozen=True, slots=True)
class Day:
    """What one day yielded: how many cases, the sum of their values, and how the values are spread.

    The spread of durations is in the buckets of `measuring.spread`; of handovers it counts the numbers themselves; of
    costs it holds the sums of their squares and cubes, under 2 and 3.
    """

    on: date
    n: int
    total: float
    spread: Spread = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Week:
    """The figure of one week, which begins on Monday `on`."""

    on: date
    value: float
    n: int

    @property
    def ends_on(self) -> date:
        """Its Sunday."""
        return self.on + timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Figures:
    """A figure with its interval; `value` is None without any case. `p90` only for durations."""

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    p90: float | None = None
    weeks: tuple[Week, ...] = ()

    @property
    def is_enough(self) -> bool:
        """Whether a change may be read from it."""
        return self.value is not None and self.low is not None

    @property
    def estimate(self) -> Estimate | None:
        """The value with its interval, when there is enough."""
        if self.value is None or self.low is None or self.high is None:
            return None
        return Estimate(self.value, self.low, self.high)

    def as_json(self) -> dict[str, Any]:
        """For keeping; `figures_from` reads it."""
        kept = asdict(self)
        kept["weeks"] = [[week.on.isoformat(), week.value, week.n] for week in self.weeks]
        return kept


def figures_from(kept: Mapping[str, Any]) -> Figures:
    """What `as_json` wrote."""
    weeks = tuple(Week(date.fromisoformat(on), value, n) for on, value, n in kept["weeks"])
    return Figures(**{**kept, "weeks": weeks})


def figures_of(
    measure: str, days: Sequence[Day], *, between: tuple[date, date], exact: tuple[float, float] | None = None
) -> Figures:
    """The figure over these days of a period, ascending, and of each of their weeks.

    `exact` are the median and the 90th percentile of durations in seconds, where single values could be read; without
    them both are right to 0.5 %.
    """
    weeks = tuple(_weeks(measure, days))
    n = sum(day.n for day in days)
    if measure == Measure.THROUGHPUT:
        weeks = tuple(_whole_weeks(weeks, *between))
    found = _estimate(measure, days, weeks)
    if found is None:
        return Figures(n, weeks=weeks)
    estimate, p90, enough = found
    if exact is not None:
        median, p90 = exact[0] / _HOUR, exact[1] / _HOUR
        estimate = Estimate(median, min(estimate.low, median), max(estimate.high, median))
    if not enough:
        return Figures(n, estimate.value, p90=p90, weeks=weeks)
    return Figures(n, estimate.value, estimate.low, estimate.high, p90, weeks)


def moved(before: Figures, after: Figures) -> Estimate | None:
    """By how much the figure moved; None while one of them is not enough."""
    first, second = before.estimate, after.estimate
    return change(first, second) if first and second else None


def is_better(by: Estimate, direction: str) -> bool | None:
    """Whether it moved the better way beyond doubt, the worse way, or None: it may not have moved at all."""
    if by.low <= 0 <= by.high:
        return None
    return (by.value < 0) == (direction == Direction.LOWER)


def reaches(value: float, target: float, direction: str) -> bool:
    """Whether a value is as good as the target."""
    return value <= target if direction == Direction.LOWER else value >= target


def _estimate(
    measure: str, days: Sequence[Day], weeks: Sequence[Week]
) -> tuple[Estimate, float | None, bool] | None:
    """The estimate, its 90th percentile where it has one, and whether it is enough."""
    n = sum(day.n for day in days)
    if not n:
        return None
    if measure == Measure.CYCLE_TIME:
        steps = [(value / _HOUR, so_far) for value, so_far in ordered(together(day.spread for day in days))]
        found = quantile(steps, 0.5)
        if found is None:
            return None
        # The buckets add their own half percent on either side.
        median = Estimate(found.value, found.low * (1 - ERROR), found.high * (1 + ERROR))
        return median, value_at(steps, _P90), n >= ENOUGH
    if measure == Measure.REWORK:
        again = round(sum(day.total for day in days))
        low, high = likely_range(again, n)
        return Estimate(100 * again / n, 100 * low, 100 * high), None, n >= ENOUGH
    if measure == Measure.THROUGHPUT:
        return (_mean([week.value for week in weeks]), None, len(weeks) >= ENOUGH_WEEKS) if weeks else None
    if measure == Measure.HANDOVERS:
        return _mean_of_counts(together(day.spread for day in days), n), None, n >= ENOUGH
    if measure == Measure.COST:
        powers = together(day.spread for day in days)
        total = sum(day.total for day in days)
        return mean_of_skewed(n, total, powers[2], powers[3]), None, n >= ENOUGH
    return _mean([day.total / day.n for day in days]), None, len(days) >= ENOUGH_WEEKS


def _weeks(measure: str, days: Sequence[Day]) -> Sequence[Week]:
    parts: dict[date, list[Day]] = {}
    for day in days:
        parts.setdefault(monday(day.on), []).append(day)
    return [
        Week(on, _of_week(measure, some), sum(day.n for day in some)) for on, some in sorted(parts.items())
    ]


def _whole_weeks(weeks: Sequence[Week], starts_on: date, ends_on: date) -> Sequence[Week]:
    """Every week that lies wholly in the period, also those in which nothing ended."""
    known = {week.on: week for week in weeks}
    first = monday(starts_on)
    if first < starts_on:
        first += timedelta(days=7)
    count = ((ends_on - first).days + 1) // 7
    mondays = [first + timedelta(days=7 * number) for number in range(max(0, count))]
    return [known.get(on, Week(on, 0.0, 0)) for on in mondays]


def _of_week(measure: str, days: Sequence[Day]) -> float:
    n, total = sum(day.n for day in days), sum(day.total for day in days)
    if measure == Measure.CYCLE_TIME:
        return value_at(ordered(together(day.spread for day in days)), 0.5) / _HOUR
    if measure == Measure.THROUGHPUT:
        return float(n)
    return 100 * total / n if measure == Measure.REWORK else total / n


def monday(day: date) -> date:
    """The first day of its week."""
    return date.fromordinal(day.toordinal() - day.weekday())


def _mean(values: Sequence[float]) -> Estimate:
    middle = fmean(values)
    half = _Z * stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return Estimate(middle, middle - half, middle + half)


def _mean_of_counts(spread: Spread, n: int) -> Estimate:
    middle = sum(value * count for value, count in spread.items()) / n
    squares = sum(count * (value - middle) ** 2 for value, count in spread.items())
    half = _Z * math.sqrt(squares / max(1, n - 1) / n)
    return Estimate(middle, middle - half, middle + half)
