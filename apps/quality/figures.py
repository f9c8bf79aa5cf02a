"""A figure over some days, with its interval, and how two of them differ. Pure.

Shares have Wilson's interval and differences Newcombe's (`trust.statistics`). Hours a week are the mean of whole weeks
of seven days with Student's t: weeks are few. All are for the eye, 95 of 100.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import fmean, stdev

from apps.outcomes.figures import ENOUGH
from apps.outcomes.measuring.quantiles import Estimate, change
from apps.outcomes.states import Direction
from apps.quality.definitions import Definition, Unit
from apps.quality.states import Came
from apps.trust.statistics.changes import likely_change
from apps.trust.statistics.shares import likely_range

WEEK = 7
# What "now" means, and what it is compared with: so many weeks.
NOW_WEEKS = 4
# Student's t, two-sided, 95 of 100, for the mean of 2, 3, 4, … weeks.
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365)
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each thing came in some days, and the sums of its amounts."""

    n: Mapping[Came, int] = field(default_factory=dict)
    total: Mapping[Came, float] = field(default_factory=dict)

    def of(self, came: Iterable[Came]) -> int:
        """How often any of these came."""
        return sum(self.n.get(one, 0) for one in came)

    def sum_of(self, came: Iterable[Came]) -> float:
        """The sum of their amounts."""
        return sum(self.total.get(one, 0) for one in came)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from `on`; `value` is None without a case."""

    on: date
    value: float | None
    hits: int
    cases: int


@dataclass(frozen=True, slots=True)
class Figure:
    """`hits` of `cases`, in percent; or hours a week from `hits` late tasks. `value` is None without any case."""

    hits: int
    cases: int
    value: float | None
    low: float | None
    high: float | None
    is_enough: bool

    @property
    def estimate(self) -> Estimate | None:
        """With its interval, where there is enough to say something about a change."""
        if not self.is_enough or self.value is None or self.low is None or self.high is None:
            return None
        return Estimate(self.value, self.low, self.high)


def figure(definition: Definition, weeks: Sequence[Counts]) -> Figure:
    """The figure over these weeks of seven days."""
    hits = sum(week.of(definition.hits) for week in weeks)
    if definition.unit is Unit.HOURS:
        if not any(week.n for week in weeks):
            # No work at all is not the same as work that never waits.
            return Figure(0, 0, None, None, None, is_enough=False)
        middle, low, high = mean([week.sum_of(definition.hits) for week in weeks])
        return Figure(hits, hits, middle, low, high, is_enough=len(weeks) >= 2)
    cases = sum(week.of(definition.out_of) for week in weeks)
    if not cases:
        return Figure(0, 0, None, None, None, is_enough=False)
    low, high = likely_range(hits, cases)
    return Figure(hits, cases, 100 * hits / cases, 100 * low, 100 * high, is_enough=cases >= ENOUGH)


def week_of(definition: Definition, on: date, counts: Counts) -> Week:
    """The figure of one week, for a trend."""
    hits, cases = counts.of(definition.hits), counts.of(definition.out_of)
    if definition.unit is Unit.HOURS:
        return Week(on, counts.sum_of(definition.hits), hits, hits)
    return Week(on, 100 * hits / cases if cases else None, hits, cases)


def difference(definition: Definition, before: Figure, now: Figure) -> Estimate | None:
    """By how much it moved, in points or hours; None while there is not enough on one side."""
    first, second = before.estimate, now.estimate
    if first is None or second is None:
        return None
    if definition.unit is Unit.HOURS:
        return change(first, second)
    moved = likely_change((before.cases, before.hits), (now.cases, now.hits))
    return Estimate(100 * moved.by, 100 * moved.low, 100 * moved.high) if moved else None


def is_beyond(value: float, limit: float, direction: str) -> bool:
    """Whether a value is on the worse side of a limit. At the limit it is not."""
    return value > limit if direction == Direction.LOWER else value < limit


def is_surely_beyond(found: Figure, limit: float, direction: str) -> bool:
    """Whether the whole interval is on the worse side."""
    edge = found.low if direction == Direction.LOWER else found.high
    return edge is not None and is_beyond(edge, limit, direction)


def mean(values: Sequence[float]) -> tuple[float, float, float]:
    """(mean, lowest, highest) of at least one value; nothing is below zero hours."""
    middle = fmean(values)
    if len(values) < 2:
        return middle, middle, middle
    factor = _T[len(values) - 2] if len(values) - 2 < len(_T) else _Z
    half = factor * stdev(values) / math.sqrt(len(values))
    return middle, max(0.0, middle - half), middle + half


def weeks_until(today: date, count: int) -> list[date]:
    """The first days of so many weeks of seven days, the last of which ends `today`; the oldest first."""
    return [today - timedelta(days=WEEK * number - 1) for number in range(count, 0, -1)]
