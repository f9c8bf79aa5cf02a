"""Calendars built once per process: reading one and computing its days costs far more than asking it.

The key is a hash of what the calendar says, so an entry can never be stale.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence

from apps.sla.calendars import WorkingCalendar, read_calendar, write_calendar

_KEPT = 256
_known: dict[str, WorkingCalendar] = {}


def fingerprint(calendar: WorkingCalendar) -> str:
    """SHA-256, in hexadecimal, of the calendar's canonical written form."""
    return hashlib.sha256(json.dumps(write_calendar(calendar)).encode()).hexdigest()


def known_calendar(
    *,
    fingerprint: str,
    zone: str,
    weekly: Mapping[str, Sequence[str]],
    exceptions: Mapping[str, Sequence[str]],
    holidays: Mapping[str, str],
) -> WorkingCalendar:
    """The calendar with that fingerprint, built from its written form the first time."""
    calendar = _known.get(fingerprint)
    if calendar is None:
        if len(_known) >= _KEPT:
            _known.clear()
        calendar = read_calendar(zone=zone, weekly=weekly, exceptions=exceptions, holidays=holidays)
        _known[fingerprint] = calendar
    return calendar
