from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.delivery.quiet import LONGEST, Quiet, quiet_end

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Quiet(BERLIN, time(22), time(7))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ("2026-11-17 21:59:59", None),
        ("2026-11-17 22:00", "2026-11-18 07:00"),
        ("2026-11-18 03:00", "2026-11-18 07:00"),
        ("2026-11-18 07:00", None),
        ("2026-11-18 12:00", None),
        # The nights in which the clocks change: an hour shorter, an hour longer, the same wall clock.
        ("2026-03-28 23:00", "2026-03-29 07:00"),
        ("2026-10-24 23:00", "2026-10-25 07:00"),
    ],
)
def test_a_night_in_berlin(moment: str, end: str | None) -> None:
    assert quiet_end(at(moment), NIGHT) == (at(end) if end else None)


def test_an_end_inside_the_hour_that_comes_twice_is_the_next_one() -> None:
    quiet = Quiet(BERLIN, time(22), time(2, 30))
    first = datetime(2026, 10, 25, 2, 10, tzinfo=BERLIN).astimezone(UTC)
    second = datetime(2026, 10, 25, 2, 10, fold=1, tzinfo=BERLIN).astimezone(UTC)
    assert second - first == timedelta(hours=1)
    assert quiet_end(first, quiet) == first + timedelta(minutes=20)
    assert quiet_end(second, quiet) == second + timedelta(minutes=20)


def test_an_end_inside_the_hour_that_is_left_out_comes_after_it() -> None:
    quiet = Quiet(BERLIN, time(22), time(2, 30))
    end = quiet_end(at("2026-03-29 01:00"), quiet)
    assert end == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert quiet_end(end, quiet) is None


def test_the_same_time_twice_is_a_whole_day_and_refused_elsewhere() -> None:
    assert Quiet(BERLIN, time(8), time(8)).length == timedelta(days=1)
    assert Quiet(BERLIN, time(22), time(7)).length == timedelta(hours=9)


zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
hours = st.builds(
    lambda zone, starts, ends: Quiet(ZoneInfo(zone), starts, ends), zones, st.times(), st.times()
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(moments, hours.filter(lambda quiet: quiet.length <= LONGEST))
def test_quiet_hours_end_in_the_future_before_long_and_really_end(moment: datetime, quiet: Quiet) -> None:
    end = quiet_end(moment, quiet)
    local = moment.astimezone(quiet.zone).time()
    inside = (
        quiet.starts <= local < quiet.ends
        if quiet.starts < quiet.ends
        else local >= quiet.starts or local < quiet.ends
    )
    assert (end is not None) == inside
    if end is not None:
        assert moment < end <= moment + LONGEST + timedelta(hours=1)
        assert quiet_end(end, quiet) is None
        half = moment + (end - moment) / 2
        # Nothing in between is loud, except where an hour comes twice.
        repeated = half.astimezone(quiet.zone).utcoffset() != moment.astimezone(quiet.zone).utcoffset()
        assert quiet_end(half, quiet) == end or repeated
