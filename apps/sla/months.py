"""What does one month of a calendar look like, week by week?"""

from calendar import Calendar as Weeks
from dataclasses import dataclass
from datetime import date

from apps.sla.calendars import WorkingCalendar
from apps.sla.hours import write_hours


@dataclass(frozen=True, slots=True)
class MonthDay:
    """One day of the table: no `hours` is closed, `note` names a holiday, `is_exception` own hours."""

    on: date
    in_month: bool
    hours: tuple[str, ...]
    note: str
    is_exception: bool


def month_weeks(calendar: WorkingCalendar, year: int, month: int) -> list[list[MonthDay]]:
    """Full weeks from Monday that cover the month; days of its neighbours have `in_month` False."""
    names, exceptions = dict(calendar.holidays), dict(calendar.exceptions)
    return [
        [
            MonthDay(
                on=on,
                in_month=on.month == month,
                hours=tuple(write_hours(calendar.hours_on(on))),
                note=names.get(on, ""),
                is_exception=on in exceptions,
            )
            for on in week
        ]
        for week in Weeks().monthdatescalendar(year, month)
    ]
