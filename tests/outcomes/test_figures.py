"""What days say together: the figure of each measure, its weeks, and when there is enough to tell a change."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.outcomes.figures import Day, Figures, figures_from, figures_of, is_better, moved, reaches
from apps.outcomes.measuring.quantiles import Estimate
from apps.outcomes.measuring.spread import spread_of
from apps.outcomes.states import Direction, Measure
from apps.outcomes.templatetags.outcome_figures import bare, figure

MONDAY = date(2026, 1, 5)
MONTH = (MONDAY, MONDAY + timedelta(days=27))


def _days(*, n: int, total: float = 0, values: list[float] | None = None, measure: str = "") -> list[Day]:
    spread = spread_of(values) if values and measure == Measure.CYCLE_TIME else {}
    return [Day(MONDAY + timedelta(days=one), n, total, spread) for one in range(28)]


def test_a_cycle_time_is_a_median_in_hours() -> None:
    hours = [3600.0 * one for one in range(1, 12)]
    found = figures_of(Measure.CYCLE_TIME, _days(n=11, values=hours, measure="cycle_time"), between=MONTH)
    assert found.value == pytest.approx(6, rel=0.005)
    assert found.p90 == pytest.approx(10, rel=0.005)
    assert (found.n, len(found.weeks), found.is_enough) == (308, 4, True)


def test_exact_percentiles_take_the_place_of_the_nearly_exact_ones() -> None:
    hours = [3600.0 * one for one in range(1, 12)]
    days = _days(n=11, values=hours, measure="cycle_time")
    found = figures_of(Measure.CYCLE_TIME, days, between=MONTH, exact=(3600 * 6.01, 3600 * 10.0))
    assert (found.value, found.p90) == (6.01, 10.0)


def test_a_rework_rate_is_a_share_with_wilsons_range() -> None:
    found = figures_of(Measure.REWORK, _days(n=10, total=2), between=MONTH)
    assert found.value == pytest.approx(20)
    assert found.low == pytest.approx(15.73, abs=0.01)
    assert found.high == pytest.approx(25.07, abs=0.01)


def test_handovers_are_a_mean_of_counts() -> None:
    days = [Day(MONDAY + timedelta(days=one), 4, 6, {0: 1, 1: 1, 2: 1, 3: 1}) for one in range(28)]
    found = figures_of(Measure.HANDOVERS, days, between=MONTH)
    assert found.value == 1.5
    assert found.low == pytest.approx(1.5 - 1.959964 * (1.25 * 112 / 111 / 112) ** 0.5)


def test_throughput_counts_whole_weeks_only_also_empty_ones() -> None:
    days = [Day(MONDAY + timedelta(days=one), 5, 5) for one in (-3, 0, 14, 21, 27)]
    found = figures_of(
        Measure.THROUGHPUT, days, between=(MONDAY - timedelta(days=3), MONDAY + timedelta(days=29))
    )
    assert [(week.on, week.n) for week in found.weeks] == [
        (MONDAY, 5),
        (MONDAY + timedelta(days=7), 0),
        (MONDAY + timedelta(days=14), 5),
        (MONDAY + timedelta(days=21), 10),
    ]
    assert found.value == 5


def test_less_than_a_week_has_no_throughput_yet() -> None:
    found = figures_of(Measure.THROUGHPUT, [Day(MONDAY, 5, 5)], between=(MONDAY, MONDAY + timedelta(days=2)))
    assert (found.n, found.value, found.is_enough) == (5, None, False)


def test_too_few_cases_have_a_value_and_no_interval() -> None:
    found = figures_of(Measure.REWORK, [Day(MONDAY, 29, 3)], between=MONTH)
    assert found.value == pytest.approx(100 * 3 / 29)
    assert not found.is_enough
    assert moved(figures_of(Measure.REWORK, _days(n=10, total=2), between=MONTH), found) is None


def test_no_case_is_no_figure() -> None:
    assert figures_of(Measure.CYCLE_TIME, [], between=MONTH) == Figures(0)


@given(
    st.lists(
        st.tuples(st.integers(0, 200), st.integers(1, 40), st.integers(0, 40)), unique_by=lambda one: one[0]
    )
)
def test_what_is_kept_reads_back(days: list[tuple[int, int, int]]) -> None:
    rows = [Day(MONDAY + timedelta(days=on), n, min(n, again)) for on, n, again in sorted(days)]
    for measure in (Measure.REWORK, Measure.THROUGHPUT):
        found = figures_of(measure, rows, between=(MONDAY, MONDAY + timedelta(days=200)))
        assert figures_from(found.as_json()) == found


@pytest.mark.parametrize(
    ("by", "direction", "better"),
    [
        (Estimate(-2, -3, -1), Direction.LOWER, True),
        (Estimate(2, 1, 3), Direction.LOWER, False),
        (Estimate(2, 1, 3), Direction.HIGHER, True),
        (Estimate(-2, -3, 1), Direction.LOWER, None),
    ],
)
def test_better_only_beyond_doubt(by: Estimate, direction: str, better: bool | None) -> None:
    assert is_better(by, direction) is better


def test_a_target_is_reached_the_way_that_is_better() -> None:
    assert reaches(3, 3, Direction.LOWER)
    assert not reaches(3.1, 3, Direction.LOWER)
    assert reaches(3.1, 3, Direction.HIGHER)


@pytest.mark.parametrize(
    ("value", "said"),
    [(-0.16, "\N{MINUS SIGN}0.16"), (-0.001, "0.00"), (0.5, "0.50"), (-1272.4, "\N{MINUS SIGN}1,272")],
)
def test_a_figure_below_zero_has_a_minus_sign(value: float, said: str) -> None:
    assert figure(value) == said


def test_the_ends_of_an_interval_have_as_many_digits_as_their_figure() -> None:
    assert [bare(value, "%") for value in (5.2, 7.73)] == ["5.2", "7.7"]
    assert (bare(5.2, "EUR"), bare(1272.4, "h"), bare(None, "h")) == ("5.20", "1,272", "\N{EN DASH}")
