"""Which periods does an owner answer for? Calendar months or quarters that are over. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from apps.outcomes.states import Cadence

_MONTHS = {Cadence.MONTH: 1, Cadence.QUARTER: 3}


@dataclass(frozen=True, slots=True)
class Period:
    """From its first day to its last one."""

    starts_on: date
    ends_on: date

    @property
    def between(self) -> tuple[date, date]:
        """Both ends."""
        return self.starts_on, self.ends_on


def period_of(day: date, cadence: str) -> Period:
    """The month or quarter a day lies in."""
    months = _MONTHS[Cadence(cadence)]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    after = date(first.year + (first.month + months > 12), (first.month + months - 1) % 12 + 1, 1)
    return Period(first, after - timedelta(days=1))


def finished(*, since: date, today: date, cadence: str, most: int = 24) -> Sequence[Period]:
    """The periods that are over and end after `since`, the newest first, at most so many."""
    found: list[Period] = []
    one = period_of(period_of(today, cadence).starts_on - timedelta(days=1), cadence)
    while len(found) < most and one.ends_on >= since:
        found.append(one)
        one = period_of(one.starts_on - timedelta(days=1), cadence)
    return found
