"""When is a target due, how much working time has passed, and when does work start again?

All moments are aware datetimes; results are in UTC. The cost grows with the days between, never with the
minutes. `add` gives the earliest moment at which the time has passed, so four working hours begun at 13:00
end at 17:00, not at 09:00 of the next day.

Business days follow the help-desk convention: the day of the start does not count, and the target is due
when the n-th open day after it closes. A request of Friday, whatever the hour, with `3bd` is due on
Wednesday at the end of work. It never falls into the night, and two requests of one day are due together.
"""

from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from apps.sla.calendars import WorkingCalendar
from apps.sla.durations import Duration, Unit
from apps.sla.hours import CalendarError

# A target is at most a working year; a calendar on which that takes longer than this is a mistake.
_HORIZON_DAYS = 5 * 366
_MUST_OPEN_WITHIN = timedelta(days=30)


def add(start: datetime, duration: Duration, calendar: WorkingCalendar) -> datetime:
    """The moment a target begun at `start` is due. Raises CalendarError when that is over five years away."""
    start = start.astimezone(UTC)
    if duration.is_wall:
        return start + duration.span
    if duration.unit is Unit.BUSINESS_DAYS:
        return _close_of_business(start, duration, calendar)
    return add_open(start, duration.span, calendar, named=str(duration))


def add_open(start: datetime, length: timedelta, calendar: WorkingCalendar, *, named: str) -> datetime:
    """The earliest moment at which this much open time has passed; `start` itself when it is none.

    Raises CalendarError about the target `named` when that is over five years away.
    """
    start = start.astimezone(UTC)
    if not length:
        return start
    left = length
    first = start.toordinal()
    for day in range(first, first + _HORIZON_DAYS):
        for opens, closes, _on in calendar.open_spans(day):
            if closes <= start:
                continue
            begins = opens if opens > start else start
            if closes - begins >= left:
                return begins + left
            left -= closes - begins
    raise _too_far(named)


def elapsed_working(start: datetime, end: datetime, calendar: WorkingCalendar) -> timedelta:
    """The open time between two moments; zero when `end` is not after `start`."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    passed = timedelta()
    for day in range(start.toordinal(), end.toordinal() + 1):
        for opens, closes, _on in calendar.open_spans(day):
            begins = opens if opens > start else start
            ends = closes if closes < end else end
            if ends > begins:
                passed += ends - begins
    return passed


def is_open(at: datetime, calendar: WorkingCalendar) -> bool:
    """Whether the calendar is open at this moment; the closing moment itself is closed."""
    at = at.astimezone(UTC)
    return any(opens <= at < closes for opens, closes, _on in calendar.open_spans(at.toordinal()))


def next_opening(at: datetime, calendar: WorkingCalendar) -> datetime:
    """The first open moment at or after `at`. Raises CalendarError when none comes within five years."""
    at = at.astimezone(UTC)
    first = at.toordinal()
    for day in range(first, first + _HORIZON_DAYS):
        for opens, closes, _on in calendar.open_spans(day):
            if closes > at:
                return max(opens, at)
    raise CalendarError(_("This calendar does not open again within five years; correct its exceptions."))


def check_opens_soon(calendar: WorkingCalendar, now: datetime) -> None:
    """Raises CalendarError when there is no open minute in the 30 days from `now`."""
    if next_opening(now, calendar) + timedelta(minutes=1) > now + _MUST_OPEN_WITHIN:
        raise CalendarError(
            _("No minute of this calendar is open in the next 30 days; correct its hours or closed days.")
        )


def _close_of_business(start: datetime, duration: Duration, calendar: WorkingCalendar) -> datetime:
    left = duration.amount
    first = calendar.local_date(start).toordinal() + 1
    for on in range(first, first + _HORIZON_DAYS):
        closes = calendar.closing_on(on)
        if closes is None:
            continue
        left -= 1
        if left == 0:
            return closes
    raise _too_far(str(duration))


def _too_far(named: str) -> CalendarError:
    return CalendarError(
        _("%(text)s takes more than five years on this calendar; shorten the target or open more hours.")
        % {"text": named}
    )
