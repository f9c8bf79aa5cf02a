"""Is it quiet hours for a person, and until when? Pure: local times of day, a zone, a moment.

Knows nothing of tiers: what may wait is said elsewhere. On the days the clocks change, quiet hours end when the wall
clock first shows their end after the moment asked about.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Longer ones would leave no time of day at which a message surely arrives.
LONGEST = timedelta(hours=16)


@dataclass(frozen=True)
class Quiet:
    """From `starts` until just before `ends` on the wall clock of `zone`, over midnight if `ends` is the earlier."""

    zone: ZoneInfo
    starts: time
    ends: time

    @property
    def length(self) -> timedelta:
        """How long it is quiet on a day whose clock does not change; never more than a day."""
        seconds = _seconds(self.ends) - _seconds(self.starts)
        return timedelta(seconds=seconds if seconds > 0 else seconds + 86_400)


def quiet_end(moment: datetime, quiet: Quiet) -> datetime | None:
    """The moment (UTC) at which the quiet hours around `moment` end; None when it is not quiet then."""
    local = moment.astimezone(quiet.zone)
    at = local.time()
    over_midnight = quiet.starts > quiet.ends
    if over_midnight:
        is_quiet = at >= quiet.starts or at < quiet.ends
    else:
        is_quiet = quiet.starts <= at < quiet.ends
    if not is_quiet:
        return None
    on = local.date() + timedelta(days=1 if over_midnight and at >= quiet.starts else 0)
    end = datetime.combine(on, quiet.ends, tzinfo=quiet.zone)
    # An hour that comes twice: the first end may have passed.
    return next(at for at in (end.astimezone(UTC), end.replace(fold=1).astimezone(UTC)) if at > moment)


def _seconds(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second
