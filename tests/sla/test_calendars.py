"""What a calendar accepts, refuses, and reads back."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given

from apps.sla.calendars import read_calendar, write_calendar
from apps.sla.hours import CalendarError
from apps.sla.known_calendars import fingerprint
from apps.sla.months import month_weeks
from apps.sla.public_holidays import public_holidays
from apps.sla.working_time import check_opens_soon
from tests.sla.strategies import calendar_of, scenes

WEEK = {day: ["09:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"zone": "Mars/Olympus"}, "not a time zone"),
        ({"zone": ""}, "not a time zone"),
        ({"zone": "../../etc/passwd"}, "not a time zone"),
        ({"zone": "Europe/Berlin\x00"}, "not a time zone"),
        ({"weekly": {"monday": ["09:00-17:00"]}}, "'monday' is not a weekday"),
        ({"weekly": {}}, "No weekday is open"),
        ({"weekly": {"mon": []}}, "No weekday is open"),
        ({"weekly": {"mon": ["09:00-12:00", "11:00-17:00"]}}, "mon: 09:00-12:00 and 11:00-17:00 overlap"),
        ({"weekly": {"mon": ["09:00-12:00", "09:00-12:00"]}}, "overlap"),
        ({"weekly": {"mon": ["17:00-09:00"]}}, "mon: 17:00-09:00 ends before it starts"),
        ({"weekly": {"mon": ["09:00-09:00"]}}, "ends before it starts"),
        ({"weekly": {"mon": ["09:00-24:01"]}}, "not a time of day"),
        ({"weekly": {"mon": ["09:60-17:00"]}}, "not a time of day"),
        ({"weekly": {"mon": ["24:00-24:00"]}}, "not a time of day"),
        ({"weekly": {"mon": ["9-17"]}}, "not a time span"),
        ({"exceptions": {"2026-02-30": []}}, "not a date"),
        ({"exceptions": {"24.12.2026": []}}, "not a date"),
        ({"exceptions": {"9999-12-31": []}}, "not a date"),
        ({"exceptions": {"2026-12-24": ["12:00-09:00"]}}, "2026-12-24: 12:00-09:00 ends before"),
        ({"holidays": {"soon": "Some day"}}, "'soon' is not a date"),
    ],
)
def test_an_unusable_calendar_is_refused_with_what_to_change(change, sentence):
    with pytest.raises(CalendarError, match=sentence):
        read_calendar(**{"zone": "UTC", "weekly": WEEK, **change})


def test_a_day_may_end_at_midnight_and_intervals_may_touch():
    calendar = read_calendar(zone="UTC", weekly={"mon": ["12:00-24:00", "09:00-12:00"]})
    assert calendar.hours_on(date(2026, 11, 23)) == ((540, 720), (720, 1440))


@given(scenes())
def test_what_is_written_is_read_back_as_the_same_calendar(scene):
    calendar = calendar_of(scene[0])
    again = read_calendar(**write_calendar(calendar)._asdict())
    assert again == calendar
    assert fingerprint(again) == fingerprint(calendar)


def test_calendars_that_differ_have_other_fingerprints():
    base = read_calendar(zone="UTC", weekly=WEEK)
    others = [
        read_calendar(zone="Europe/Berlin", weekly=WEEK),
        read_calendar(zone="UTC", weekly={**WEEK, "sat": ["09:00-12:00"]}),
        read_calendar(zone="UTC", weekly=WEEK, exceptions={"2026-12-24": []}),
        read_calendar(zone="UTC", weekly=WEEK, holidays={"2026-12-24": "Christmas Eve"}),
    ]
    assert len({fingerprint(calendar) for calendar in [base, *others]}) == 5


def test_a_calendar_without_an_open_minute_in_30_days_is_refused():
    closed = {date.fromordinal(NOW.date().toordinal() + n).isoformat(): [] for n in range(31)}
    with pytest.raises(CalendarError, match="next 30 days"):
        check_opens_soon(read_calendar(zone="UTC", weekly=WEEK, exceptions=closed), NOW)


def test_one_open_minute_on_the_last_day_is_enough():
    closed = {date.fromordinal(NOW.date().toordinal() + n).isoformat(): [] for n in range(31)}
    closed["2026-12-21"] = ["11:59-12:00"]
    check_opens_soon(read_calendar(zone="UTC", weekly=WEEK, exceptions=closed), NOW)
    closed["2026-12-21"] = ["12:00-12:01"]
    with pytest.raises(CalendarError, match="next 30 days"):
        check_opens_soon(read_calendar(zone="UTC", weekly=WEEK, exceptions=closed), NOW)


def test_an_exception_wins_over_a_holiday_and_a_holiday_over_the_weekday():
    calendar = read_calendar(
        zone="UTC",
        weekly=WEEK,
        exceptions={"2026-12-24": ["09:00-11:00"]},
        holidays={"2026-12-24": "Christmas Eve", "2026-12-25": "Christmas Day"},
    )
    assert calendar.hours_on(date(2026, 12, 24)) == ((540, 660),)
    assert calendar.hours_on(date(2026, 12, 25)) == ()


def test_a_month_shows_full_weeks_with_hours_holidays_and_exceptions():
    calendar = read_calendar(
        zone="UTC", weekly=WEEK, exceptions={"2026-12-24": []}, holidays={"2026-12-25": "Christmas Day"}
    )
    weeks = month_weeks(calendar, 2026, 12)
    days = {day.on: day for week in weeks for day in week}
    assert all(len(week) == 7 and week[0].on.weekday() == 0 for week in weeks)
    assert not days[date(2026, 11, 30)].in_month
    assert days[date(2026, 12, 1)].hours == ("09:00-12:00", "13:00-17:00")
    assert days[date(2026, 12, 24)].is_exception
    assert days[date(2026, 12, 24)].hours == ()
    assert days[date(2026, 12, 25)].note == "Christmas Day"


def test_public_holidays_are_listed_in_order_for_confirmation():
    germany = public_holidays(country="DE", year=2026)
    bavaria = public_holidays(country="DE", subdivision="BY", year=2026)
    assert date(2026, 10, 3) in germany
    assert date(2026, 1, 6) in bavaria
    assert date(2026, 1, 6) not in germany
    assert list(bavaria) == sorted(bavaria)


@pytest.mark.parametrize(("country", "subdivision"), [("XX", None), ("DE", "ZZ")])
def test_holidays_of_an_unknown_place_are_refused(country, subdivision):
    with pytest.raises(CalendarError, match="No public holidays are known"):
        public_holidays(country=country, subdivision=subdivision, year=2026)
