"""The arithmetic of outcomes against independent ways to the same numbers."""

import math
import random
from fractions import Fraction
from statistics import fmean, median, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.outcomes.measuring import control, quantiles, spread
from apps.outcomes.measuring.control import Signal
from apps.outcomes.measuring.quantiles import Estimate
from apps.outcomes.measuring.skewed import mean_of_skewed

values = st.floats(min_value=0.01, max_value=1e9)


@given(values)
def test_a_bucket_stands_for_its_values_to_half_a_percent(value: float) -> None:
    assert abs(spread.value_of(spread.bucket_of(value)) / value - 1) <= 0.00501


@given(st.lists(st.lists(values | st.just(0.0), max_size=20), max_size=6))
def test_days_added_up_are_all_their_values(days: list[list[float]]) -> None:
    together = spread.together(map(spread.spread_of, days))
    assert dict(together) == dict(spread.spread_of([value for day in days for value in day]))
    steps = spread.ordered(together)
    assert [so_far for _value, so_far in steps] == sorted(so_far for _value, so_far in steps)
    assert (steps[-1][1] if steps else 0) == sum(map(len, days))


@given(st.integers(1, 40), st.data())
def test_the_incomplete_beta_is_a_sum_of_binomials(n: int, data: st.DataObject) -> None:
    """I(i/n; r, n-r+1) = P(Bin(n, i/n) >= r), in exact fractions."""
    r, i = data.draw(st.integers(1, n)), data.draw(st.integers(0, n))
    share = Fraction(i, n)
    exact = sum(math.comb(n, m) * share**m * (1 - share) ** (n - m) for m in range(r, n + 1))
    assert quantiles.incomplete_beta(i / n, r, n - r + 1) == pytest.approx(float(exact), abs=1e-10)


def test_the_interval_is_what_drawing_again_and_again_gives() -> None:
    numbers = random.Random(7)
    seen = sorted(numbers.lognormvariate(3, 1.5) for _ in range(101))
    found = quantiles.quantile([(value, n) for n, value in enumerate(seen, 1)], 0.5)
    assert found is not None
    drawn = sorted(median(numbers.choices(seen, k=101)) for _ in range(20_000))
    assert found.value == median(seen)
    assert found.low == pytest.approx(drawn[500], rel=0.05)
    assert found.high == pytest.approx(drawn[19_500], rel=0.05)


def test_the_interval_of_a_million_values_comes_as_quickly_and_is_narrow() -> None:
    found = quantiles.quantile([(float(n), n * 1000) for n in range(1, 1001)], 0.5)
    assert found == Estimate(500.0, 500.0, 501.0) or (found and found.low >= 498 and found.high <= 502)


@given(st.lists(values, min_size=1, max_size=60), st.floats(0.01, 0.99))
def test_a_quantile_lies_in_its_interval_and_among_its_values(numbers: list[float], share: float) -> None:
    ordered = [(value, n) for n, value in enumerate(sorted(numbers), 1)]
    found = quantiles.quantile(ordered, share)
    assert found is not None
    assert min(numbers) <= found.low <= found.value <= found.high <= max(numbers)


def test_nothing_has_no_quantile() -> None:
    assert quantiles.quantile([], 0.5) is None


@given(values, values, values, values)
def test_a_change_holds_the_difference_and_turns_round_with_it(
    a: float, b: float, c: float, d: float
) -> None:
    before, after = Estimate(a, a - c, a + c), Estimate(b, b - d, b + d)
    found, back = quantiles.change(before, after), quantiles.change(after, before)
    assert found.low <= found.value <= found.high
    assert (found.value, found.low, found.high) == pytest.approx((-back.value, -back.high, -back.low))


def test_a_quiet_series_says_nothing_and_a_step_speaks_by_each_rule() -> None:
    quiet = [10.0, 11, 9, 10, 11, 10, 9, 10, 11, 9]
    calm = control.chart(quiet, set_by=10)
    assert calm is not None
    assert not any(calm.signals)
    assert calm.middle == 10
    # Mean moving range 11/9.
    assert calm.upper == pytest.approx(10 + 2.66 * 11 / 9)
    far = control.chart([*quiet, 20.0], set_by=10)
    run = control.chart([*quiet, *[10.5] * 8], set_by=10)
    near = control.chart([*quiet, 12.5, 12.5, 10.0, 12.5], set_by=10)
    assert far is not None
    assert run is not None
    assert near is not None
    assert far.signals[-1] == {Signal.BEYOND}
    assert [Signal.RUN in one for one in run.signals[-2:]] == [False, True]
    assert near.signals[-1] == {Signal.NEAR}


def test_too_few_points_set_no_limits_and_more_than_there_are_is_refused() -> None:
    assert control.chart([1.0] * 7, set_by=7) is None
    with pytest.raises(ValueError, match="limits by 9 of 8 points"):
        control.chart([1.0] * 8, set_by=9)


@given(st.lists(st.floats(0, 1e6), min_size=8, max_size=40))
def test_limits_lie_around_the_middle_and_not_below_the_floor(points: list[float]) -> None:
    found = control.chart(points, set_by=len(points), floor=0)
    assert found is not None
    assert 0 <= found.lower <= found.middle * (1 + 1e-9) + 1e-9
    assert found.middle <= found.upper * (1 + 1e-9) + 1e-9
    assert len(found.signals) == len(points)


@given(st.lists(st.integers(-1000, 100_000), min_size=1, max_size=60))
def test_the_mean_of_skewed_values_lies_in_its_interval(values: list[int]) -> None:
    found = mean_of_skewed(len(values), sum(values), sum(v**2 for v in values), sum(v**3 for v in values))
    assert found.low <= found.value <= found.high
    assert found.value == pytest.approx(sum(values) / len(values))


def test_without_skewness_it_is_the_usual_interval() -> None:
    values = [float(n) for n in range(1, 101)]
    found = mean_of_skewed(100, sum(values), sum(v**2 for v in values), sum(v**3 for v in values))
    half = 1.959964 * stdev(values) / 10
    assert (found.low, found.high) == (pytest.approx(50.5 - half), pytest.approx(50.5 + half))


def test_the_interval_of_a_skewed_mean_holds_the_true_one_more_often_than_the_usual() -> None:
    """Costs of a lognormal with a mean of 1.65: of 600 samples of 60 each, drawn from a fixed source."""
    drawn = random.Random(7)
    truth, held, usually = math.exp(0.5), 0, 0
    for _sample in range(600):
        values = [drawn.lognormvariate(0, 1) for _value in range(60)]
        found = mean_of_skewed(60, sum(values), sum(v**2 for v in values), sum(v**3 for v in values))
        held += found.low <= truth <= found.high
        usually += abs(fmean(values) - truth) <= 1.959964 * stdev(values) / math.sqrt(60)
    assert held > usually + 5
    assert held / 600 > 0.9
