"""The picture of a KPI: weeks before and weeks now in one control chart, with what changed in between. Pure.

Coordinates are plain numbers in a box of `WIDTH` x `HEIGHT`. The limits are set by the weeks of the baseline where
there are enough of them, else by the first weeks of the live process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from apps.outcomes.figures import Week, monday
from apps.outcomes.measuring.control import FEWEST, Signal, chart

WIDTH, HEIGHT = 600, 200
# Above and below, so that no point lies on the edge.
_EDGE = 10
_DATES = 5
_MOST_BEFORE, _MOST_NOW = 26, 52
_FIRST_NOW = 12


@dataclass(frozen=True, slots=True)
class Change:
    """Something that may have moved the number: a stage, a policy, an agent version, and when."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One week in the picture; `is_marked`: it speaks, by the rules of the chart. `changes` happened in that week."""

    x: float
    y: float
    week: Week
    is_before: bool
    signals: tuple[str, ...]
    changes: tuple[str, ...]

    @property
    def is_marked(self) -> bool:
        """Whether a rule says that this week is no chance."""
        return bool(self.signals)


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn. `middle`, `lower` and `upper` are None while there are too few weeks for limits."""

    before: str
    now: str
    dots: tuple[Dot, ...]
    divide_x: float | None
    target_y: float | None
    middle_y: float | None
    lower_y: float | None
    upper_y: float | None
    top: float
    middle: float | None
    lower: float | None
    upper: float | None

    @property
    def dates(self) -> tuple[date, ...]:
        """The weeks that are named below the picture, from its first to its last one, evenly spread."""
        last = len(self.dots) - 1
        named = min(_DATES, len(self.dots)) - 1
        return tuple(self.dots[round(number * last / named)].week.on for number in range(named + 1))

    @property
    def marks(self) -> bool:
        """Whether a week speaks."""
        return any(dot.is_marked for dot in self.dots)

    @property
    def tells_changes(self) -> bool:
        """Whether something changed in one of the weeks."""
        return any(dot.changes for dot in self.dots)

    @property
    def draws_before(self) -> bool:
        """Whether there is a line of the weeks before: two of them make one."""
        return sum(dot.is_before for dot in self.dots) > 1

    @property
    def band_height(self) -> float | None:
        """How high the area between both limits is."""
        if self.upper_y is None or self.lower_y is None:
            return None
        return round(self.lower_y - self.upper_y, 1)


def picture(
    before: Sequence[Week], now: Sequence[Week], *, target: float | None, changes: Sequence[Change]
) -> Picture | None:
    """The picture of these weeks; None with fewer than two."""
    first, second = list(before)[-_MOST_BEFORE:], list(now)[-_MOST_NOW:]
    weeks = first + second
    if len(weeks) < 2:
        return None
    values = [week.value for week in weeks]
    set_by = len(first) if len(first) >= FEWEST else min(len(weeks), len(first) + _FIRST_NOW)
    limits = chart(values, set_by=set_by, floor=0)
    top = max([*values, target or 0, limits.upper if limits else 0]) * 1.08 or 1.0
    happened: dict[date, list[str]] = {}
    for change in changes:
        happened.setdefault(monday(change.at.date()), []).append(change.text)

    def y(value: float) -> float:
        return round(_EDGE + (HEIGHT - 2 * _EDGE) * (1 - value / top), 1)

    step = WIDTH / len(weeks)
    dots = tuple(
        Dot(
            x=round(step * (number + 0.5), 1),
            y=y(week.value),
            week=week,
            is_before=number < len(first),
            signals=tuple(_WORDS_OF[one] for one in Signal if limits and one in limits.signals[number]),
            changes=tuple(happened.get(week.on, ())) if number >= len(first) else (),
        )
        for number, week in enumerate(weeks)
    )
    return Picture(
        before=" ".join(f"{dot.x},{dot.y}" for dot in dots if dot.is_before),
        now=" ".join(f"{dot.x},{dot.y}" for dot in dots if not dot.is_before),
        dots=dots,
        divide_x=round(step * len(first), 1) if first and second else None,
        target_y=None if target is None else y(target),
        middle_y=y(limits.middle) if limits else None,
        lower_y=y(limits.lower) if limits else None,
        upper_y=y(limits.upper) if limits else None,
        top=top,
        middle=limits.middle if limits else None,
        lower=limits.lower if limits else None,
        upper=limits.upper if limits else None,
    )


_WORDS_OF = {Signal.BEYOND: "beyond", Signal.RUN: "run", Signal.NEAR: "near"}
