"""When is one day open, as a person writes it: `09:00-12:00`, `13:00-17:00`?

Intervals are pairs of minutes after local midnight. This module refuses what cannot be meant (ends before it
starts, overlaps) and does not know dates, zones or daylight saving.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

from django.utils.translation import gettext as _

Interval = tuple[int, int]
DayHours = tuple[Interval, ...]

MINUTES_A_DAY = 24 * 60
_WRITTEN = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")


class CalendarError(ValueError):
    """A calendar cannot be used; the message says what to change."""


def read_hours(texts: Iterable[str], *, where: str) -> DayHours:
    """The intervals of one day in order; `where` names the day in messages. Empty means closed.

    Raises CalendarError for text that is not HH:MM-HH:MM, an end not after its start, or an overlap.
    """
    intervals = sorted(_interval(text, where) for text in texts)
    for (start, end), (next_start, next_end) in pairwise(intervals):
        if next_start < end:
            raise CalendarError(
                _("%(where)s: %(one)s and %(other)s overlap; let the first end before the second starts.")
                % {
                    "where": where,
                    "one": write_interval((start, end)),
                    "other": write_interval((next_start, next_end)),
                }
            )
    return tuple(intervals)


def write_hours(hours: DayHours) -> list[str]:
    """The canonical text of a day's intervals."""
    return [write_interval(interval) for interval in hours]


def write_interval(interval: Interval) -> str:
    """`09:00-12:00`; midnight at the end of the day is 24:00."""
    start, end = interval
    return f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"


def _interval(text: str, where: str) -> Interval:
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        raise CalendarError(
            _("%(where)s: %(text)r is not a time span; write HH:MM-HH:MM, such as 09:00-17:00.")
            % {"where": where, "text": text[:40]}
        )
    hour, minute, end_hour, end_minute = (int(part) for part in written.groups())
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if minute > 59 or end_minute > 59 or start >= MINUTES_A_DAY or end > MINUTES_A_DAY:
        raise CalendarError(
            _("%(where)s: %(text)s is not a time of day; write 00:00 to 24:00.")
            % {"where": where, "text": text}
        )
    if end <= start:
        raise CalendarError(
            _(
                "%(where)s: %(text)s ends before it starts; across midnight, write it up to 24:00"
                " and the rest from 00:00 on the next day."
            )
            % {"where": where, "text": text}
        )
    return start, end
