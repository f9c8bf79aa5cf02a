"""How long is a target, as a person writes it: `4h`, `4wh`, `3bd`?

Three kinds of time: wall time runs always (`30m`, `4h`, `2d`), working time only while a calendar is open
(`45wm`, `4wh`), and business days end with the working day (`3bd`). This module does not know any calendar:
what a duration means from a given moment is `working_time.add`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class Unit(StrEnum):
    """What a duration counts; the value is how it is written."""

    MINUTES = "m"
    HOURS = "h"
    DAYS = "d"
    WORKING_MINUTES = "wm"
    WORKING_HOURS = "wh"
    BUSINESS_DAYS = "bd"


# A target may be at most a year: 365 days, or a working year of 52 weeks of 40 hours or 5 days.
LONGEST: dict[Unit, int] = {
    Unit.MINUTES: 365 * 24 * 60,
    Unit.HOURS: 365 * 24,
    Unit.DAYS: 365,
    Unit.WORKING_MINUTES: 52 * 40 * 60,
    Unit.WORKING_HOURS: 52 * 40,
    Unit.BUSINESS_DAYS: 52 * 5,
}

_ONE: dict[Unit, timedelta] = {
    Unit.MINUTES: timedelta(minutes=1),
    Unit.HOURS: timedelta(hours=1),
    Unit.DAYS: timedelta(days=1),
    Unit.WORKING_MINUTES: timedelta(minutes=1),
    Unit.WORKING_HOURS: timedelta(hours=1),
}

_WALL = frozenset({Unit.MINUTES, Unit.HOURS, Unit.DAYS})
_WRITTEN = re.compile(r"(-?)([0-9]{1,18})(m|h|d|wm|wh|bd)")

_LABELS: dict[Unit, Callable[[int], str]] = {
    Unit.MINUTES: lambda n: ngettext("%(n)d minute", "%(n)d minutes", n),
    Unit.HOURS: lambda n: ngettext("%(n)d hour", "%(n)d hours", n),
    Unit.DAYS: lambda n: ngettext("%(n)d day", "%(n)d days", n),
    Unit.WORKING_MINUTES: lambda n: ngettext("%(n)d working minute", "%(n)d working minutes", n),
    Unit.WORKING_HOURS: lambda n: ngettext("%(n)d working hour", "%(n)d working hours", n),
    Unit.BUSINESS_DAYS: lambda n: ngettext("%(n)d business day", "%(n)d business days", n),
}


class DurationError(ValueError):
    """A duration cannot be used; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Duration:
    """`amount` of `unit`, at least one and at most a year. `str()` gives the compact text."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise DurationError(_("A duration cannot be negative; write a whole number from 1, such as 4wh."))
        if self.amount == 0:
            raise DurationError(
                _("A duration of zero leaves no time; write a whole number from 1, such as 4wh.")
            )
        if self.amount > LONGEST[self.unit]:
            raise DurationError(
                _("%(text)s is longer than a year; write at most %(most)s.")
                % {"text": self, "most": f"{LONGEST[self.unit]}{self.unit}"}
            )

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    @property
    def is_wall(self) -> bool:
        """Whether it runs day and night, whatever the calendar says."""
        return self.unit in _WALL

    @property
    def span(self) -> timedelta:
        """The time it counts, wall or working. Raises DurationError for business days."""
        if self.unit is Unit.BUSINESS_DAYS:
            raise DurationError(_("%(text)s has no fixed length; write hours.") % {"text": self})
        return self.amount * _ONE[self.unit]

    @property
    def wall_seconds(self) -> int:
        """Its length in seconds. Raises DurationError for working time and business days."""
        if not self.is_wall:
            raise DurationError(_("%(text)s depends on a calendar; write m, h or d here.") % {"text": self})
        return int(self.span.total_seconds())


def surely_longer(one: Duration, other: Duration) -> bool:
    """Whether `one` ends later than `other` from the same moment, on whatever calendar.

    Open hours take at least as long around the clock; business days compare with each other only.
    """
    if Unit.BUSINESS_DAYS in (one.unit, other.unit):
        return one.unit is other.unit and one.amount > other.amount
    return (other.is_wall or not one.is_wall) and one.span > other.span


@lru_cache(maxsize=1024)
def parse(text: str) -> Duration:
    """Read the compact text. Raises DurationError for anything but 1 or more of m, h, d, wm, wh or bd."""
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        raise DurationError(
            _("%(text)r is not a duration; write a whole number and m, h, d, wm, wh or bd, such as 4wh.")
            % {"text": text[:40]}
        )
    sign, amount, unit = written.groups()
    return Duration(int(sign + amount), Unit(unit))


def label(duration: Duration) -> str:
    """In plain words: "4 working hours"."""
    return _LABELS[duration.unit](duration.amount) % {"n": duration.amount}
