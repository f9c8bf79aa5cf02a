"""Clock arithmetic against a minute-by-minute oracle and against another library."""

from datetime import UTC, datetime, time, timedelta

import businesstimedelta
import pytz
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apps.sla.calendars import read_calendar
from apps.sla.durations import Duration, Unit
from apps.sla.hours import CalendarError
from apps.sla.working_time import add, elapsed_working, is_open, next_opening
from tests.sla import oracle
from tests.sla.strategies import calendar_of, scenes

MINUTE = timedelta(minutes=1)
FOUR_DAYS = 4 * 1440
TEN_DAYS = 10 * 1440
many = settings(max_examples=150, deadline=None)


@many
@given(scenes(), st.integers(1, 30 * 60))
def test_working_time_is_due_at_the_end_of_its_last_open_minute(scene, minutes):
    written, start = scene
    expected = oracle.due_after_minutes(written, start, minutes, FOUR_DAYS)
    assume(expected is not None)
    assert add(start, Duration(minutes, Unit.WORKING_MINUTES), calendar_of(written)) == expected


@many
@given(scenes(), st.integers(1, 3))
def test_business_days_end_with_the_last_open_minute_of_the_day(scene, days):
    written, start = scene
    expected = oracle.due_after_days(written, start, days, TEN_DAYS)
    assume(expected is not None)
    assert add(start, Duration(days, Unit.BUSINESS_DAYS), calendar_of(written)) == expected


@many
@given(scenes(), st.integers(0, FOUR_DAYS))
def test_elapsed_time_counts_the_open_minutes(scene, length):
    written, start = scene
    end = start + length * MINUTE
    assert (
        elapsed_working(start, end, calendar_of(written)) == oracle.open_minutes(written, start, end) * MINUTE
    )


@many
@given(scenes())
def test_open_is_what_the_wall_clock_reads(scene):
    written, start = scene
    calendar = calendar_of(written)
    minutes = written.minutes(start)
    for _ in range(180):
        at, _on, expected = next(minutes)
        assert is_open(at, calendar) is expected
        assert is_open(at + timedelta(seconds=59.999999), calendar) is expected


@many
@given(scenes(), st.timedeltas(timedelta(), timedelta(minutes=1)))
def test_the_next_opening_is_open_and_nothing_before_it_is(scene, into):
    written, start = scene
    calendar, at = calendar_of(written), start + into
    opens = next_opening(at, calendar)
    assert opens >= at
    assert is_open(opens, calendar)
    assert elapsed_working(at, opens, calendar) == timedelta()


durations = st.one_of(
    st.integers(1, 600).map(lambda n: Duration(n, Unit.WORKING_MINUTES)),
    st.integers(1, 20).map(lambda n: Duration(n, Unit.WORKING_HOURS)),
)


@many
@given(scenes(), st.timedeltas(timedelta(), timedelta(days=1)), durations)
def test_due_is_the_earliest_moment_at_which_the_time_has_passed(scene, into, duration):
    written, start = scene
    calendar, start = calendar_of(written), start + into
    due = add(start, duration, calendar)
    assert elapsed_working(start, due, calendar) == duration.span
    assert elapsed_working(start, due - timedelta(microseconds=1), calendar) < duration.span


@many
@given(scenes(), st.timedeltas(timedelta(), timedelta(days=3)), st.integers(1, 5), durations)
def test_a_later_start_is_never_due_earlier(scene, later, days, working):
    written, start = scene
    calendar = calendar_of(written)
    for duration in (working, Duration(days, Unit.BUSINESS_DAYS)):
        assert add(start, duration, calendar) <= add(start + later, duration, calendar)


@many
@given(scenes(), st.timedeltas(timedelta(), timedelta(days=3)), st.timedeltas(timedelta(), timedelta(days=3)))
def test_elapsed_time_adds_up(scene, first, second):
    written, start = scene
    calendar = calendar_of(written)
    middle, end = start + first, start + first + second
    whole = elapsed_working(start, end, calendar)
    assert whole == elapsed_working(start, middle, calendar) + elapsed_working(middle, end, calendar)


@many
@given(scenes(), st.integers(0, 6), st.integers(1, 4), durations)
def test_a_holiday_never_shortens_a_deadline(scene, offset, days, working):
    written, start = scene
    holiday = start.date() + timedelta(days=offset)
    with_holiday = oracle.Written(
        written.zone, written.weekly, written.exceptions, written.holidays | frozenset({holiday})
    )
    for duration in (working, Duration(days, Unit.BUSINESS_DAYS)):
        assert add(start, duration, calendar_of(with_holiday)) >= add(start, duration, calendar_of(written))


@settings(max_examples=200, deadline=None)
@given(
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata"]),
    opens=st.integers(4, 11),
    hours=st.integers(1, 11),
    days=st.sets(st.integers(0, 6), min_size=1),
    start=st.integers(0, 4 * 365 * 1440).map(lambda n: datetime(2025, 1, 1, tzinfo=UTC) + n * MINUTE),
    minutes=st.integers(1, 6000),
)
def test_another_library_agrees(zone, opens, hours, days, start, minutes):
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    text = f"{opens:02d}:00-{opens + hours:02d}:00"
    calendar = read_calendar(zone=zone, weekly={names[day]: [text] for day in days})
    rule = businesstimedelta.WorkDayRule(
        time(opens), time(opens + hours), working_days=sorted(days), tz=pytz.timezone(zone)
    )
    theirs = start + businesstimedelta.BusinessTimeDelta(rule, seconds=minutes * 60)
    ours = add(start, Duration(minutes, Unit.WORKING_MINUTES), calendar)
    assert ours == theirs
    assert elapsed_working(start, ours, calendar) == rule.difference(start, ours).timedelta


@settings(max_examples=40, deadline=None)
@given(scenes())
def test_every_calendar_answers_or_refuses(scene):
    written, start = scene
    calendar = calendar_of(written)
    try:
        due = add(start, Duration(2080, Unit.WORKING_HOURS), calendar)
    except CalendarError:
        assert elapsed_working(start, start + timedelta(days=5 * 365), calendar) < timedelta(hours=2080)
    else:
        assert elapsed_working(start, due, calendar) == timedelta(hours=2080)
