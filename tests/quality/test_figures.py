"""Figures of some weeks, what is said of a change, and the small picture."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.quality.definitions import BY_KEY
from apps.quality.figures import (
    Counts,
    Week,
    difference,
    figure,
    is_beyond,
    is_surely_beyond,
    mean,
    week_of,
    weeks_until,
)
from apps.quality.states import Came
from apps.quality.trend import HEIGHT, WIDTH, trend

ACCEPTANCE, WAITING = BY_KEY["acceptance"], BY_KEY["waiting"]
TODAY = date(2026, 11, 17)


def _decided(accepted: int, rejected: int) -> Counts:
    return Counts({Came.ACCEPTED: accepted, Came.REJECTED: rejected})


def test_a_share_with_its_interval() -> None:
    found = figure(ACCEPTANCE, [_decided(30, 10), _decided(45, 15)])
    assert (found.hits, found.cases, found.value) == (75, 100, 75)
    # Wilson's interval of 75 of 100.
    assert (found.low, found.high) == (pytest.approx(65.69, abs=0.01), pytest.approx(82.45, abs=0.01))


def test_of_few_nothing_is_said() -> None:
    few, many = figure(ACCEPTANCE, [_decided(20, 9)]), figure(ACCEPTANCE, [_decided(60, 30)])
    assert difference(ACCEPTANCE, few, many) is None
    assert difference(ACCEPTANCE, figure(ACCEPTANCE, [Counts()]), many) is None
    assert difference(ACCEPTANCE, many, many) is not None


def test_hours_a_week() -> None:
    weeks = [Counts({Came.LATE: 2}, {Came.LATE: hours}) for hours in (10.0, 12.0, 8.0, 10.0)]
    found = figure(WAITING, weeks)
    assert (found.hits, found.value) == (8, 10)
    # 3.182 * stdev / 2
    assert found.high == pytest.approx(10 + 3.182 * 1.63299 / 2, abs=0.001)
    assert mean([0.0, 0.0]) == (0, 0, 0)
    assert week_of(WAITING, TODAY, weeks[0]).value == 10


@pytest.mark.parametrize(
    ("direction", "value", "limit", "beyond"),
    [("lower", 5, 4, True), ("lower", 4, 4, False), ("higher", 4, 5, True), ("higher", 5, 5, False)],
)
def test_beyond_a_limit(direction: str, value: float, limit: float, beyond: bool) -> None:
    assert is_beyond(value, limit, direction) is beyond


def test_surely_beyond_only_with_the_whole_interval() -> None:
    found = figure(ACCEPTANCE, [_decided(75, 25)])
    assert is_surely_beyond(found, 90, "higher")
    assert not is_surely_beyond(found, 80, "higher")


def test_weeks_end_today() -> None:
    starts = weeks_until(TODAY, 3)
    assert starts == [date(2026, 10, 28), date(2026, 11, 4), date(2026, 11, 11)]


@settings(max_examples=40)
@given(
    st.lists(st.one_of(st.none(), st.floats(0, 1e6)), max_size=20), st.one_of(st.none(), st.floats(0, 1e6))
)
def test_the_picture_stays_in_its_box(values: list[float | None], target: float | None) -> None:
    found = trend([Week(TODAY, value, 0, 0) for value in values], target)
    points = [point.split(",") for line in found.lines for point in line.split()]
    assert len(points) == sum(value is not None for value in values)
    assert all(0 <= float(x) <= WIDTH and 0 <= float(y) <= HEIGHT for x, y in points)
    assert (found.last is None) == (not points)
