"""At which moments is a team at work?

A calendar is open at a moment when the wall clock of its zone, at that moment, reads inside an interval of
that local date. The intervals of a date are those of a dated exception if there is one, else none on a
public holiday, else those of its weekday. From that one sentence daylight saving follows: an interval that
the clocks jump over is not there, and one they read twice is open twice.

Values only: no ORM and no clock. How long a target lasts on a calendar is `working_time`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps.sla.hours import CalendarError, DayHours, read_hours, write_hours

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_SECONDS = 24 * 60 * 60
_DAY = timedelta(days=1)
# Days of computed hours kept per calendar: years of them, so that only a strange caller ever empties it.
_KEPT_DAYS = 4096


class OpenSpan(NamedTuple):
    """A time without interruption in which the calendar is open. `on` is the local date, as an ordinal."""

    opens: datetime
    closes: datetime
    on: int


@dataclass(frozen=True)
class WorkingCalendar:
    """A zone, seven days of hours from Monday, dated exceptions, public holidays with their names."""

    zone: str
    weekly: tuple[DayHours, ...]
    exceptions: tuple[tuple[date, DayHours], ...] = ()
    holidays: tuple[tuple[date, str], ...] = ()
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _dated: dict[date, DayHours] = field(init=False, repr=False, compare=False)
    _spans: dict[int, tuple[OpenSpan, ...]] = field(init=False, repr=False, compare=False)
    _closings: dict[int, datetime | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.weekly) != 7 or not any(self.weekly):
            raise CalendarError(_("No weekday is open; give at least one weekday its hours."))
        dated: dict[date, DayHours] = {on: () for on, _name in self.holidays}
        for name, value in (
            ("_zone", _known_zone(self.zone)),
            ("_dated", dated | dict(self.exceptions)),
            ("_spans", {}),
            ("_closings", {}),
        ):
            object.__setattr__(self, name, value)

    def hours_on(self, on: date) -> DayHours:
        """The intervals of a local date, in minutes after midnight."""
        hours = self._dated.get(on)
        return self.weekly[on.weekday()] if hours is None else hours

    def local_date(self, at: datetime) -> date:
        """The date the calendar's zone has at a moment."""
        return at.astimezone(self._zone).date()

    def open_spans(self, day: int) -> tuple[OpenSpan, ...]:
        """The open times within one UTC day (a proleptic ordinal), in order and without overlap."""
        spans = self._spans.get(day)
        if spans is None:
            if len(self._spans) >= _KEPT_DAYS:
                self._spans.clear()
            spans = self._spans[day] = tuple(self._compute(day))
        return spans

    def closing_on(self, on: int) -> datetime | None:
        """When a local date (an ordinal) closes for the last time; None when it never opens."""
        if on not in self._closings:
            if len(self._closings) >= _KEPT_DAYS:
                self._closings.clear()
            around = (span for day in (on - 1, on, on + 1) for span in self.open_spans(day) if span.on == on)
            self._closings[on] = max((span.closes for span in around), default=None)
        return self._closings[on]

    def _compute(self, day: int) -> Iterator[OpenSpan]:
        for start, end, offset in self._even_stretches(day):
            on = (start + offset).date()
            while (midnight := datetime.combine(on, time(), UTC) - offset) < end:
                for first, last in self.hours_on(on):
                    opens = max(start, midnight + timedelta(minutes=first))
                    closes = min(end, midnight + timedelta(minutes=last))
                    if opens < closes:
                        yield OpenSpan(opens, closes, on.toordinal())
                on += _DAY

    def _even_stretches(self, day: int) -> list[tuple[datetime, datetime, timedelta]]:
        """A UTC day cut where the zone's clocks change; no zone changes them twice in one."""
        midnight = datetime.combine(date.fromordinal(day), time(), UTC)
        before, after = self._offset(midnight, 0), self._offset(midnight, _DAY_SECONDS - 1)
        if before == after:
            return [(midnight, midnight + _DAY, before)]
        old, new = 0, _DAY_SECONDS - 1
        while new - old > 1:
            middle = (old + new) // 2
            if self._offset(midnight, middle) == before:
                old = middle
            else:
                new = middle
        change = midnight + timedelta(seconds=new)
        return [(midnight, change, before), (change, midnight + _DAY, after)]

    def _offset(self, midnight: datetime, seconds: int) -> timedelta:
        local = (midnight + timedelta(seconds=seconds)).astimezone(self._zone)
        return local.utcoffset() or timedelta()


def read_calendar(
    *,
    zone: str,
    weekly: Mapping[str, Sequence[str]],
    exceptions: Mapping[str, Sequence[str]] | None = None,
    holidays: Mapping[str, str] | None = None,
) -> WorkingCalendar:
    """Build a calendar from its written form: `{"mon": ["09:00-17:00"]}`, dates as `2026-12-24`.

    Raises CalendarError naming the day: unknown zone or weekday, bad date, bad or overlapping intervals.
    """
    unknown = [name for name in weekly if name not in WEEKDAYS]
    if unknown:
        raise CalendarError(
            _("%(day)r is not a weekday; write one of %(all)s.")
            % {"day": unknown[0], "all": ", ".join(WEEKDAYS)}
        )
    dated = {_date(on): read_hours(texts, where=on) for on, texts in (exceptions or {}).items()}
    closed = {_date(on): name for on, name in (holidays or {}).items()}
    return WorkingCalendar(
        zone=zone,
        weekly=tuple(read_hours(weekly.get(day, ()), where=day) for day in WEEKDAYS),
        exceptions=tuple(sorted(dated.items())),
        holidays=tuple(sorted(closed.items())),
    )


class WrittenCalendar(NamedTuple):
    """The canonical written form: every weekday named, dates in order."""

    zone: str
    weekly: dict[str, list[str]]
    exceptions: dict[str, list[str]]
    holidays: dict[str, str]


def write_calendar(calendar: WorkingCalendar) -> WrittenCalendar:
    """What `read_calendar` reads; two equal calendars are written the same."""
    return WrittenCalendar(
        calendar.zone,
        {day: write_hours(hours) for day, hours in zip(WEEKDAYS, calendar.weekly, strict=True)},
        {on.isoformat(): write_hours(hours) for on, hours in calendar.exceptions},
        {on.isoformat(): name for on, name in calendar.holidays},
    )


def _date(text: str) -> date:
    on: date | None = None
    with suppress(ValueError):
        on = date.fromisoformat(text)
    # Far from both ends of what a date can be, so that arithmetic around it never overflows.
    if on is None or not 1970 <= on.year <= 2999:
        raise CalendarError(_("%(text)r is not a date; write it as 2026-12-24.") % {"text": text[:40]})
    return on


def _known_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise CalendarError(
            _("%(zone)r is not a time zone; write its IANA name, such as Europe/Berlin.")
            % {"zone": name[:60]}
        ) from None
