"""One row of an event log: a case, what happened, when and by whom; or the line and the reason it is none. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_LONGEST = 200
MOST_COST = Decimal(10) ** 12
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class LogError(ValueError):
    """The file cannot be read as a whole; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Row:
    """An event that can be kept."""

    line: int
    case: str
    activity: str
    at: datetime
    resource: str
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that holds no event, and why."""

    line: int
    reason: str


ORDERS: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "iso": (
        gettext_lazy("year first: 2025-12-31 17:05:00"),
        ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M:%S.%f", "%Y/%m/%d %H:%M"),
    ),
    "day": (
        gettext_lazy("day first: 31.12.2025 17:05 or 31/12/2025 17:05"),
        tuple(f"%d{mark}%m{mark}%Y {time}" for mark in "./-" for time in ("%H:%M:%S", "%H:%M")),
    ),
    "month": (
        gettext_lazy("month first: 12/31/2025 17:05"),
        tuple(
            f"%m{mark}%d{mark}%Y {time}"
            for mark in "/-"
            for time in ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
        ),
    ),
}
"""How times are written: what the page calls it, and the formats tried after ISO 8601."""


def row_reader(order: str, zone: str) -> Callable[[int, str, str, str, str, str], Row | Bad]:
    """A function of (line, case, activity, moment, resource, cost) that answers with the row or what is wrong with it.

    `order` is a key of `ORDERS`; moments without an offset are in `zone`.
    """
    formats, where = ORDERS[order][1], ZoneInfo(zone)

    def read(line: int, case: str, activity: str, moment: str, resource: str, cost: str) -> Row | Bad:
        if not case or not activity:
            missing = _("the case is empty") if not case else _("the activity is empty")
            return Bad(line, missing)
        if len(case) > _LONGEST or len(activity) > _LONGEST or len(resource) > _LONGEST:
            return Bad(line, _("case, activity and resource have at most {n} characters").format(n=_LONGEST))
        if "\x00" in case or "\x00" in activity or "\x00" in resource:
            return Bad(line, _("it holds a NUL character"))
        at = _moment(moment, formats)
        if at is None:
            return Bad(line, _("{given} is no time").format(given=repr(moment[:40])))
        if at.tzinfo is None:
            at = at.replace(tzinfo=where)
        if not _EARLIEST <= at < _LATEST:
            return Bad(line, _("{given} is not between 1970 and 2200").format(given=repr(moment[:40])))
        if not cost:
            return Row(line, case, activity, at.astimezone(UTC), resource)
        amount = _amount(cost)
        if amount is None:
            return Bad(line, _("{given} is no amount such as 12.50").format(given=repr(cost[:40])))
        return Row(line, case, activity, at.astimezone(UTC), resource, amount)

    return read


def _moment(text: str, formats: tuple[str, ...]) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is not None and len(text) > 10:
        return found
    for one in formats:
        try:
            return datetime.strptime(text, one)  # noqa: DTZ007  (the zone is the reader's business)
        except ValueError:
            continue
    return found


def _amount(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    if not found.is_finite() or abs(found) >= MOST_COST:
        return None
    return round(found, 6)
