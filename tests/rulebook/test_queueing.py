"""Expected breaches: more work is never decided sooner, and open time is that of the clocks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.rulebook.queueing import FEWEST, OpenTime, Service, Targets, expected_breaches, last_due
from apps.sla.calendars import WorkingCalendar, read_calendar
from apps.sla.durations import parse
from apps.sla.working_time import add, elapsed_working

SINCE = datetime(2026, 10, 1, tzinfo=UTC)
# Days in which the clocks of Rome go back are among these.
moments = st.integers(0, 40 * 86_400).map(lambda seconds: SINCE + timedelta(seconds=seconds))
arrivals = st.lists(
    st.tuples(st.floats(0, 1000), st.floats(0, 200), st.integers(1, 2)).map(
        lambda one: (one[0], one[0] + one[1], one[2])
    ),
    max_size=40,
).map(sorted)


def office() -> WorkingCalendar:
    weekly = {day: ["09:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    return read_calendar(zone="Europe/Rome", weekly=weekly, exceptions={"2026-10-20": []})


@given(arrivals, st.lists(arrivals.filter(bool).map(lambda some: some[0]), max_size=5), st.floats(0.1, 50))
def test_more_arrivals_never_mean_fewer_breaches(
    some: list[tuple[float, float, int]], more: list[tuple[float, float, int]], seconds: float
) -> None:
    fewer = expected_breaches(some, seconds_a_look=seconds)
    assert expected_breaches(sorted(some + more), seconds_a_look=seconds) >= fewer


@given(arrivals, st.floats(0.1, 50), st.floats(0.1, 50))
def test_whoever_is_slower_breaches_no_less(
    some: list[tuple[float, float, int]], one: float, other: float
) -> None:
    quick, slow = sorted((one, other))
    assert expected_breaches(some, seconds_a_look=slow) >= expected_breaches(some, seconds_a_look=quick)


def test_the_third_in_line_is_too_late() -> None:
    line = [(0.0, 25.0, 1), (0.0, 25.0, 1), (0.0, 25.0, 1), (100.0, 125.0, 1)]
    assert expected_breaches(line, seconds_a_look=10) == 1
    # Two people take twice as long.
    assert expected_breaches([(came, due, 2) for came, due, _looks in line], seconds_a_look=10) == 2
    assert expected_breaches([], seconds_a_look=10) == 0


@given(moments, moments)
def test_open_time_passes_as_working_time_does(one: datetime, other: datetime) -> None:
    first, second = sorted((one, other))
    calendar = office()
    time = OpenTime(calendar, int(SINCE.timestamp()), int(second.timestamp()) + 1)
    passed = time.at(second.timestamp()) - time.at(first.timestamp())
    assert passed == pytest.approx(elapsed_working(first, second, calendar).total_seconds(), abs=1e-6)


@given(moments, st.sampled_from(["30m", "4h", "2d", "45wm", "4wh", "3bd"]))
def test_a_target_is_due_when_its_clock_says(at: datetime, text: str) -> None:
    calendar, within = office(), parse(text)
    second = int(at.timestamp())
    time = OpenTime(calendar, int(SINCE.timestamp()), last_due(second, within, calendar))
    due = add(at, within, calendar)
    wanted = elapsed_working(SINCE, due, calendar).total_seconds()
    assert Targets(calendar, time).due(second, within) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(("decided", "seconds"), [(FEWEST - 1, 100.0), (0, 0.0), (FEWEST, 0.0)])
def test_too_little_says_nothing(decided: int, seconds: float) -> None:
    assert Service(decided, seconds).seconds_a_look is None


def test_how_long_a_look_took() -> None:
    assert Service(FEWEST, 60.0 * FEWEST).seconds_a_look == 60
