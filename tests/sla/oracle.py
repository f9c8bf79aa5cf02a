"""A working calendar, minute by minute: slow, and too simple to be wrong.

A minute is open when the wall clock at its beginning reads inside an interval of that local date.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
Hours = list[tuple[int, int]]


@dataclass(frozen=True)
class Written:
    """Hours as plain lists, Monday first, and dates that have their own (holidays: none)."""

    zone: str
    weekly: list[Hours]
    exceptions: dict[date, Hours] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()

    def hours_on(self, on: date) -> Hours:
        if on in self.exceptions:
            return self.exceptions[on]
        return [] if on in self.holidays else self.weekly[on.weekday()]

    def minutes(self, start: datetime) -> Iterator[tuple[datetime, date, bool]]:
        """From a whole minute on: each minute's beginning, its local date and whether it is open."""
        zone, at = ZoneInfo(self.zone), start.astimezone(UTC)
        while True:
            local = at.astimezone(zone)
            on, minute = local.date(), local.hour * 60 + local.minute
            yield at, on, any(first <= minute < last for first, last in self.hours_on(on))
            at += MINUTE


def due_after_minutes(calendar: Written, start: datetime, minutes: int, limit: int) -> datetime | None:
    """The end of the n-th open minute, None when it is not within `limit` minutes."""
    for at, _on, is_open in calendar.minutes(start):
        if at - start > limit * MINUTE:
            return None
        minutes -= is_open
        if minutes == 0:
            return at + MINUTE
    return None


def due_after_days(calendar: Written, start: datetime, days: int, limit: int) -> datetime | None:
    """The end of the last open minute of the n-th open date after the start's; None past `limit` minutes."""
    ends: dict[date, datetime] = {}
    first: date | None = None
    for at, on, is_open in calendar.minutes(start):
        first = first or on
        if at - start > limit * MINUTE:
            return None
        if is_open and on > first:
            ends[on] = at + MINUTE
        if len(ends) > days or (len(ends) == days and on > max(ends)):
            return ends[sorted(ends)[days - 1]]
    return None


def open_minutes(calendar: Written, start: datetime, end: datetime) -> int:
    """How many minutes between two whole minutes are open."""
    count = 0
    for at, _on, is_open in calendar.minutes(start):
        if at >= end:
            return count
        count += is_open
    return count
