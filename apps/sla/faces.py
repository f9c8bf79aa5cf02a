"""What does a clock show at a moment: how much is left, how much is used, and do people work now?

Values only. The share used and the time left count what the target counts: wall time for wall targets, open
time for working ones, so that nothing is used up over night.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.sla.durations import Duration
from apps.sla.reckoning import Clock
from apps.sla.working_time import is_open, next_opening


@dataclass(frozen=True, slots=True)
class ClockFace:
    """`remaining` and `overdue` are not negative, one of them is zero; `fraction_used` is 1.0 when due.

    `outside_hours` says that working time stands still now; `opens_at` then says until when. `paused_until` is set
    while the clock waits for somebody else's answer. `spans_closed`: closed hours lie between now and the due moment,
    so that it is further away than what remains.
    """

    due_at: datetime
    remaining: timedelta
    overdue: timedelta
    fraction_used: float
    outside_hours: bool
    opens_at: datetime | None
    paused_until: datetime | None = None
    spans_closed: bool = False


def face(*, duration: Duration, due_at: datetime, at: datetime, clock: Clock) -> ClockFace:
    """The clock of a target as it reads at `at`."""
    whole, used = (clock.counted(moment, wall=duration.is_wall) for moment in (due_at, at))
    calendar = clock.calendar
    outside = not duration.is_wall and not is_open(at, calendar)
    nothing = timedelta()
    return ClockFace(
        due_at=due_at,
        remaining=max(whole - used, nothing),
        overdue=max(used - whole, nothing),
        fraction_used=used / whole if whole else 1.0,
        outside_hours=outside,
        opens_at=next_opening(at, calendar) if outside else None,
        spans_closed=used < whole and due_at - at > whole - used,
        paused_until=next((pause.ends for pause in clock.pauses if pause.begins <= at < pause.ends), None),
    )
