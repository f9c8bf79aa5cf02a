"""How much arrives in a queue at which hour of the day? Pure: seconds since 1970 in, averages and peaks out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

HOURS = 24
# No zone's clocks differ from others by less.
_QUARTER = 900


@dataclass(frozen=True, slots=True)
class Load:
    """Tasks an hour, by hour of the day: on average over all days, and in the hour of all days that had most.

    `peak_at` is when the most of all came, in seconds (None: nothing came).
    """

    average: tuple[float, ...]
    peaks: tuple[int, ...]
    peak_at: int | None = None

    @property
    def peak(self) -> int:
        """The most in any hour."""
        return max(self.peaks)

    def as_json(self) -> dict[str, Any]:
        """In a form JSON can keep."""
        average = [round(one, 3) for one in self.average]
        return {"average": average, "peaks": list(self.peaks), "peak": self.peak, "peak_at": self.peak_at}


def days_between(first: int, last: int, zone: ZoneInfo) -> int:
    """How many local days two moments touch, both included."""
    return (_here(last, zone).date() - _here(first, zone).date()).days + 1


def load(arrivals: Iterable[int], *, days: int, zone: ZoneInfo) -> Load:
    """The load of what arrived within so many days, by the hours of `zone`."""
    hours: Counter[int] = Counter()
    of_day: dict[int, int] = {}
    for quarter, number in Counter(at // _QUARTER for at in arrivals).items():
        here = _here(quarter * _QUARTER, zone)
        begins = quarter * _QUARTER - here.minute * 60
        hours[begins] += number
        of_day[begins] = here.hour
    total, peaks = [0] * HOURS, [0] * HOURS
    for begins, number in hours.items():
        total[of_day[begins]] += number
        peaks[of_day[begins]] = max(peaks[of_day[begins]], number)
    return Load(
        average=tuple(number / days for number in total),
        peaks=tuple(peaks),
        peak_at=max(hours, key=lambda begins: (hours[begins], -begins), default=None),
    )


def _here(at: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone(zone)
