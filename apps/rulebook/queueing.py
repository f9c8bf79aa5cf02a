"""How many tasks of a queue would miss their decide target, if its people worked as they did? Pure.

A queue is taken as one line, first in, first out. Each look takes as long as one took on average while there was
something to decide: the open hours in which something waited there, divided by the looks people had. That is honest
about the direction and rough about the size: people do not work in line, and a queue that idled could do more.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from apps.sla.calendars import WorkingCalendar
from apps.sla.durations import Duration, Unit
from apps.sla.working_time import add

# With fewer looks than this nothing is said of how fast a queue is.
FEWEST = 20


@dataclass(frozen=True, slots=True)
class Service:
    """What a queue did: looks that ended in a decision, within so many open seconds in which something waited."""

    decided: int
    busy_seconds: float

    @property
    def seconds_a_look(self) -> float | None:
        """How long one took on average; None when there were too few to tell."""
        if self.decided < FEWEST or self.busy_seconds <= 0:
            return None
        return self.busy_seconds / self.decided


class OpenTime:
    """Moments of a period as open seconds since its beginning, on one calendar. Built once, asked very often."""

    def __init__(self, calendar: WorkingCalendar, since: int, until: int) -> None:
        self._calendar = calendar
        self._begins: list[float] = []
        self._open: list[float] = []
        self._lengths: list[float] = []
        passed = 0.0
        for day in range(_day(since), _day(until) + 1):
            for opens, closes, _on in calendar.open_spans(day):
                begins, ends = max(opens.timestamp(), since), min(closes.timestamp(), until)
                if ends > begins:
                    self._begins.append(begins)
                    self._open.append(passed)
                    self._lengths.append(ends - begins)
                    passed += ends - begins

    def at(self, moment: float) -> float:
        """How much open time has passed at a moment of the period."""
        index = bisect_right(self._begins, moment) - 1
        if index < 0:
            return 0.0
        return self._open[index] + min(moment - self._begins[index], self._lengths[index])


class Targets:
    """Until when a task has to be decided, on one calendar; a business day's tasks are due together."""

    def __init__(self, calendar: WorkingCalendar, open_time: OpenTime) -> None:
        self._calendar, self._open_time = calendar, open_time
        self._of_days: dict[tuple[Duration, int], float] = {}

    def due(self, at: int, within: Duration) -> float:
        """In open seconds."""
        if within.is_wall:
            return self._open_time.at(at + within.span.total_seconds())
        if within.unit is not Unit.BUSINESS_DAYS:
            return self._open_time.at(at) + within.span.total_seconds()
        moment = datetime.fromtimestamp(at, UTC)
        key = within, self._calendar.local_date(moment).toordinal()
        if key not in self._of_days:
            closes = add(moment, within, self._calendar)
            self._of_days[key] = self._open_time.at(closes.timestamp())
        return self._of_days[key]


def last_due(at: int, within: Duration, calendar: WorkingCalendar) -> int:
    """The moment until which an `OpenTime` has to know the calendar, for targets of what arrives at the latest."""
    return int(add(datetime.fromtimestamp(at, UTC), within, calendar).timestamp()) + 1


def expected_breaches(arrivals: Iterable[tuple[float, float, int]], *, seconds_a_look: float) -> int:
    """How many are decided too late. `arrivals` are (open second of arrival, open second it is due, looks it takes),
    in order of arrival; the line is empty in the beginning.
    """
    free, late = 0.0, 0
    for came, due, looks in arrivals:
        free = max(free, came) + looks * seconds_a_look
        late += free > due
    return late


def _day(moment: int) -> int:
    return datetime.fromtimestamp(moment, UTC).toordinal()
