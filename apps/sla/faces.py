"""What does a clock show at a moment: how much is left, how much is used, and do people work now?

Values only. The share used and the time left count what the target counts: wall time for wall targets, open
time for working ones, so that nothing is used up over night.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.sla.calendars import WorkingCalendar
from apps.sla.durations import Duration
from apps.sla.working_time import elapsed_working, is_open, next_opening


@dataclass(frozen=True, slots=True)
class ClockFace:
    """`remaining` and `overdue` are not negative, one of them is zero; `fraction_used` is 1.0 when due.

    `outside_hours` says that working time stands still now; `opens_at` then says until when.
    """

    due_at: datetime
    remaining: timedelta
    overdue: timedelta
    fraction_used: float
    outside_hours: bool
    opens_at: datetime | None


def face(
    *, duration: Duration, started_at: datetime, due_at: datetime, at: datetime, calendar: WorkingCalendar
) -> ClockFace:
    """The clock of a target as it reads at `at`."""

    def counted(start: datetime, end: datetime) -> timedelta:
        if duration.is_wall:
            return max(end - start, timedelta())
        return elapsed_working(start, end, calendar)

    whole, used = counted(started_at, due_at), counted(started_at, at)
    outside = not duration.is_wall and not is_open(at, calendar)
    return ClockFace(
        due_at=due_at,
        remaining=counted(at, due_at),
        overdue=counted(due_at, at),
        fraction_used=used / whole if whole else 1.0,
        outside_hours=outside,
        opens_at=next_opening(at, calendar) if outside else None,
    )
