"""When has a target used up its time, or a share of it, when pauses stop the clock in between?

A target counts wall time or, on a calendar, open time; a pause takes its stretch out of what counts. A business
day has no fixed length, so `3bd` first becomes the open time up to its due moment, and keeps that through
pauses. Values only: no ORM, no clock, and no word about why a clock stands.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from apps.sla.calendars import WorkingCalendar
from apps.sla.durations import Duration, Unit
from apps.sla.working_time import add, add_open, elapsed_working


class Pause(NamedTuple):
    """A stretch in which the clock stands still."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock begun at `started_at`; pauses are in order, apart, and do not begin before it."""

    started_at: datetime
    calendar: WorkingCalendar
    pauses: tuple[Pause, ...] = ()

    def counted(self, until: datetime, *, wall: bool) -> timedelta:
        """What has counted from the start to a moment: wall time or open time, without pauses."""
        stretches = ((begins, min(ends or until, until)) for begins, ends in self._stretches())
        return sum(
            (self._between(begins, ends, wall) for begins, ends in stretches if ends > begins), timedelta()
        )

    def reached(self, length: timedelta, *, wall: bool, named: str) -> datetime:
        """The earliest moment at which `length` has counted. Raises CalendarError past five years."""
        left = length
        for begins, ends in self._stretches():
            if ends is not None:
                here = self._between(begins, ends, wall)
                if here < left:
                    left -= here
                    continue
            return begins + left if wall else add_open(begins, left, self.calendar, named=named)
        raise AssertionError("the last stretch has no end")

    def due(self, duration: Duration) -> datetime:
        """When a target of this duration is due."""
        if not self.pauses:
            return add(self.started_at, duration, self.calendar)
        return self.reached(self.length(duration), wall=duration.is_wall, named=str(duration))

    def share(self, duration: Duration, share: float) -> datetime:
        """When this share (1.0: all, more: past it) of a target's time has counted. Never before the start."""
        return self.reached(self.length(duration) * share, wall=duration.is_wall, named=str(duration))

    def length(self, duration: Duration) -> timedelta:
        """The time a target counts, wall or open; of business days, the open time up to the due moment."""
        if duration.unit is not Unit.BUSINESS_DAYS:
            return duration.span
        return elapsed_working(self.started_at, add(self.started_at, duration, self.calendar), self.calendar)

    def _between(self, begins: datetime, ends: datetime, wall: bool) -> timedelta:
        return ends - begins if wall else elapsed_working(begins, ends, self.calendar)

    def _stretches(self) -> Iterator[tuple[datetime, datetime | None]]:
        """The stretches in which the clock runs, in order; the last has no end."""
        begins = self.started_at
        for pause in self.pauses:
            yield begins, pause.begins
            begins = pause.ends
        yield begins, None


def longest_until(
    at: datetime, most: Duration, pauses: Sequence[Pause], calendar: WorkingCalendar
) -> datetime:
    """Until when a pause begun at `at` may last, so that all pauses together stay within `most`.

    `at` itself when nothing is left. `most` is wall or open time, not business days.
    """
    left = most.span
    for pause in pauses:
        left -= (
            pause.ends - pause.begins if most.is_wall else elapsed_working(pause.begins, pause.ends, calendar)
        )
    if left <= timedelta():
        return at
    return at + left if most.is_wall else add_open(at, left, calendar, named=str(most))
