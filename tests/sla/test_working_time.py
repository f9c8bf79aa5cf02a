"""Due times anyone can check by hand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.sla.calendars import read_calendar
from apps.sla.durations import parse
from apps.sla.hours import CalendarError
from apps.sla.working_time import add, elapsed_working, is_open, next_opening

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
BERLIN = read_calendar(
    zone="Europe/Berlin",
    weekly={day: ["09:00-12:00", "13:00-17:00"] for day in WEEKDAYS},
    exceptions={"2026-12-24": ["09:00-11:00"]},
    holidays={"2026-12-25": "Christmas Day"},
)
NIGHT_SHIFT = read_calendar(
    zone="Europe/Berlin",
    weekly={"fri": ["22:00-24:00"], "sat": ["00:00-06:00", "22:00-24:00"], "sun": ["00:00-06:00"]},
)
ALL_DAY = read_calendar(
    zone="Europe/Berlin", weekly={day: ["00:00-24:00"] for day in (*WEEKDAYS, "sat", "sun")}
)


def local(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("start", "target", "due"),
    [
        # Monday 23 November 2026 and the days after it.
        ("2026-11-23 09:00", "4h", "2026-11-23 13:00"),
        ("2026-11-21 03:00", "2d", "2026-11-23 03:00"),
        ("2026-11-23 09:00", "2wh", "2026-11-23 11:00"),
        ("2026-11-23 09:00", "3wh", "2026-11-23 12:00"),
        ("2026-11-23 09:00", "4wh", "2026-11-23 14:00"),
        ("2026-11-23 13:00", "4wh", "2026-11-23 17:00"),
        ("2026-11-23 16:00", "4wh", "2026-11-24 12:00"),
        ("2026-11-23 12:30", "45wm", "2026-11-23 13:45"),
        ("2026-11-23 06:00", "30wm", "2026-11-23 09:30"),
        ("2026-11-20 16:30", "4wh", "2026-11-23 13:30"),
        ("2026-11-21 12:00", "4wh", "2026-11-23 14:00"),
        ("2026-11-20 10:00", "3bd", "2026-11-25 17:00"),
        ("2026-11-20 23:59", "3bd", "2026-11-25 17:00"),
        ("2026-11-21 12:00", "3bd", "2026-11-25 17:00"),
        ("2026-11-22 23:59", "1bd", "2026-11-23 17:00"),
        ("2026-11-23 00:00", "1bd", "2026-11-24 17:00"),
        # Christmas: two hours on the 24th, none on the 25th, then a weekend.
        ("2026-12-23 17:00", "2wh", "2026-12-24 11:00"),
        ("2026-12-23 17:00", "3wh", "2026-12-28 10:00"),
        ("2026-12-23 10:00", "1bd", "2026-12-24 11:00"),
        ("2026-12-23 10:00", "2bd", "2026-12-28 17:00"),
    ],
)
def test_a_target_is_due_when_a_person_would_say(start, target, due):
    assert add(local(start), parse(target), BERLIN) == local(due)


@pytest.mark.parametrize(
    ("start", "target", "due"),
    [
        ("2026-11-20 21:00", "4wh", "2026-11-21 02:00"),
        ("2026-11-21 05:00", "2wh", "2026-11-21 23:00"),
        ("2026-11-22 05:00", "2wh", "2026-11-27 23:00"),
        ("2026-11-20 23:00", "1bd", "2026-11-22 00:00"),
        ("2026-11-20 23:00", "2bd", "2026-11-22 06:00"),
    ],
)
def test_a_shift_over_midnight_is_one_stretch_of_work_on_two_days(start, target, due):
    assert add(local(start), parse(target), NIGHT_SHIFT) == local(due)


def test_a_wall_target_is_hours_that_pass_not_what_the_clock_on_the_wall_says():
    assert add(local("2026-03-28 12:00"), parse("1d"), BERLIN) == local("2026-03-29 13:00")
    assert add(local("2026-10-24 12:00"), parse("1d"), BERLIN) == local("2026-10-25 11:00")


def test_the_day_the_clocks_go_forward_has_23_hours():
    start, end = local("2026-03-29 00:00"), local("2026-03-30 00:00")
    assert elapsed_working(start, end, ALL_DAY) == timedelta(hours=23)
    assert add(start, parse("23wh"), ALL_DAY) == end


def test_the_day_the_clocks_go_back_has_25_hours():
    start, end = local("2026-10-25 00:00"), local("2026-10-26 00:00")
    assert elapsed_working(start, end, ALL_DAY) == timedelta(hours=25)
    assert add(start, parse("25wh"), ALL_DAY) == end


def test_an_interval_the_clocks_jump_over_is_not_there():
    calendar = read_calendar(zone="Europe/Berlin", weekly={"sun": ["02:00-03:00"]})
    assert elapsed_working(local("2026-03-28 00:00"), local("2026-03-31 00:00"), calendar) == timedelta()
    assert add(local("2026-03-28 00:00"), parse("1wh"), calendar) == local("2026-04-05 03:00")
    assert add(local("2026-03-28 00:00"), parse("1bd"), calendar) == local("2026-04-05 03:00")


def test_an_interval_the_clocks_read_twice_is_open_twice():
    calendar = read_calendar(zone="Europe/Berlin", weekly={"sun": ["02:00-02:30"]})
    first = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    assert elapsed_working(first, first + timedelta(days=1), calendar) == timedelta(hours=1)
    assert [is_open(first + timedelta(minutes=n), calendar) for n in (0, 29, 30, 59, 60, 89, 90)] == [
        True,
        True,
        False,
        False,
        True,
        True,
        False,
    ]


def test_office_hours_stay_office_hours_over_both_changes():
    for friday, monday in (("2026-03-27", "2026-03-30"), ("2026-10-23", "2026-10-26")):
        assert add(local(f"{friday} 16:00"), parse("2wh"), BERLIN) == local(f"{monday} 10:00")


def test_a_zone_that_skipped_a_whole_day():
    """Samoa went from 29 to 31 December 2011 over the date line."""
    apia = read_calendar(zone="Pacific/Apia", weekly={day: ["09:00-17:00"] for day in (*WEEKDAYS, "sat")})
    start = local("2011-12-29 16:00", "Pacific/Apia")
    assert add(start, parse("2wh"), apia) == local("2011-12-31 10:00", "Pacific/Apia")
    assert add(start, parse("1bd"), apia) == local("2011-12-31 17:00", "Pacific/Apia")


def test_a_zone_whose_clocks_went_back_into_the_day_before():
    """At 00:01 in St. John's it became 23:01 of the day before: a minute of the new day came too early."""
    calendar = read_calendar(zone="America/St_Johns", weekly={"sun": ["00:00-24:00"]})
    midnight = datetime(2010, 11, 7, 2, 30, tzinfo=UTC)
    assert is_open(midnight, calendar)
    assert not is_open(midnight + timedelta(minutes=1), calendar)
    assert is_open(midnight + timedelta(minutes=60), calendar)


@pytest.mark.parametrize(
    ("at", "expected", "opens"),
    [
        ("2026-11-23 08:59", False, "2026-11-23 09:00"),
        ("2026-11-23 09:00", True, "2026-11-23 09:00"),
        ("2026-11-23 11:59", True, "2026-11-23 11:59"),
        ("2026-11-23 12:00", False, "2026-11-23 13:00"),
        ("2026-11-27 17:00", False, "2026-11-30 09:00"),
        ("2026-12-24 11:00", False, "2026-12-28 09:00"),
    ],
)
def test_open_includes_the_first_moment_and_not_the_last(at, expected, opens):
    assert is_open(local(at), BERLIN) is expected
    assert next_opening(local(at), BERLIN) == local(opens)


def test_time_does_not_run_backwards():
    assert elapsed_working(local("2026-11-24 12:00"), local("2026-11-23 09:00"), BERLIN) == timedelta()


def test_results_are_in_utc():
    for target in ("1h", "1wh", "1bd"):
        assert add(local("2026-11-23 09:00"), parse(target), BERLIN).tzinfo is UTC


@pytest.mark.parametrize("target", ["2080wh", "260bd"])
def test_a_target_that_would_take_more_than_five_years_is_refused(target):
    rare = read_calendar(
        zone="UTC",
        weekly={"mon": ["09:00-09:01"]},
        exceptions={
            f"{year}-{month:02d}-{day:02d}": []
            for year in range(2026, 2032)
            for month in range(1, 13)
            for day in range(1, 29)
        },
    )
    with pytest.raises(CalendarError, match="more than five years"):
        add(local("2026-11-23 09:00"), parse(target), rare)
