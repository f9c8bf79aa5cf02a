"""Random calendars, and moments near the changes of the clocks, where mistakes live."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume
from hypothesis import strategies as st

from apps.sla.calendars import WorkingCalendar
from tests.sla.oracle import Hours, Written

# Clocks that change by an hour, by half an hour, at midnight, in Ramadan, never; offsets of 45 minutes.
ZONES = [
    "UTC",
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "America/Asuncion",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
]
DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]


def changes(zone: str) -> list[datetime]:
    """The UTC days of 2026 in which the zone's clocks change."""
    info = ZoneInfo(zone)
    moments = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in DAYS]
    following = [moment + timedelta(days=1) for moment in moments]
    return [
        now
        for now, then in zip(moments, following, strict=True)
        if now.astimezone(info).utcoffset() != then.astimezone(info).utcoffset()
    ]


CHANGES = {zone: changes(zone) for zone in ZONES}


@st.composite
def day_hours(draw: st.DrawFn) -> Hours:
    """Up to three intervals of one day; some touch, some reach 24:00."""
    cuts = draw(st.lists(st.integers(0, 96).map(lambda n: n * 15), min_size=0, max_size=6, unique=True))
    cuts.sort()
    if draw(st.booleans()) and len(cuts) >= 3:
        return list(pairwise(cuts))[:3]
    return list(zip(cuts[0::2], cuts[1::2], strict=False))


@st.composite
def moments(draw: st.DrawFn, zone: str) -> datetime:
    """A whole minute of 2026, half of them within two days of a change of the clocks."""
    near = CHANGES[zone]
    if near and draw(st.booleans()):
        return draw(st.sampled_from(near)) + timedelta(minutes=draw(st.integers(-2 * 1440, 2 * 1440)))
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 364 * 1440)))


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Written, datetime]:
    """A calendar and a moment; exceptions and holidays lie within days of the moment."""
    zone = draw(st.sampled_from(ZONES))
    weekly = draw(st.lists(day_hours(), min_size=7, max_size=7))
    assume(any(weekly))
    start = draw(moments(zone))
    near = st.integers(-1, 5).map(lambda n: start.date() + timedelta(days=n))
    written = Written(
        zone=zone,
        weekly=weekly,
        exceptions=draw(st.dictionaries(near, day_hours(), max_size=2)),
        holidays=frozenset(draw(st.lists(near, max_size=2))),
    )
    return written, start


def calendar_of(written: Written) -> WorkingCalendar:
    """The same calendar as the code under test holds it."""
    return WorkingCalendar(
        zone=written.zone,
        weekly=tuple(tuple(hours) for hours in written.weekly),
        exceptions=tuple((on, tuple(hours)) for on, hours in sorted(written.exceptions.items())),
        holidays=tuple((on, "holiday") for on in sorted(written.holidays)),
    )
