"""The golden values of the certificate, and what makes it valid whenever it is looked at."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.trust.statistics import evidence
from apps.trust.statistics.inputs import BadInput

FIRST = evidence.need(1, candidates=5, delta=0.05)
errors = st.floats(0.005, 0.45)
counts = st.integers(0, 600).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


def _fewest(k: int, error: float, needed: float) -> int:
    return k + evidence.clean_needed(k, k, error=error, needed=needed)


def test_the_need_of_the_first_attempts() -> None:
    needs = [evidence.need(attempt, candidates=5, delta=0.05) for attempt in (1, 2, 3)]
    assert [round(needs[0], 1), round(needs[1]), round(needs[2])] == [164.5, 658, 1480]


def test_the_fewest_decisions_that_certify() -> None:
    assert [_fewest(k, 0.05, FIRST) for k in range(11)] == [
        131,
        190,
        232,
        271,
        308,
        344,
        378,
        411,
        444,
        476,
        507,
    ]
    later = [evidence.need(attempt, candidates=5, delta=0.05) for attempt in (2, 3)]
    assert [_fewest(0, 0.05, needed) for needed in later] == [160, 177]


@pytest.mark.parametrize(
    ("alpha", "fewest"), [(0.01, [666, 969, 1178]), (0.02, [331, 482, 587]), (0.10, [64, 93, 113])]
)
def test_the_fewest_decisions_at_other_targets(alpha: float, fewest: list[int]) -> None:
    assert [_fewest(k, alpha, FIRST) for k in range(3)] == fewest


def test_the_usefulness_gate_of_shadow() -> None:
    gate = evidence.USEFUL_ERROR, evidence.USEFUL_NEED
    assert [_fewest(k, *gate) for k in range(3)] == [19, 32, 41]
    assert evidence.is_useful(19, 0)
    assert not evidence.is_useful(18, 0)


def test_the_figures_of_the_example_page() -> None:
    missed = 0.0592980581
    tested = evidence.tested_error(0.05, missed)

    def shown(n: int, k: int) -> float:
        return round(100 * evidence.true_error(evidence.bound(n, k, needed=FIRST), missed), 1)

    assert [shown(40, 0), shown(232, 1), shown(446, 6), shown(57, 9)] == [16.3, 4.4, 4.5, 39.3]
    assert evidence.clean_needed(40, 0, error=tested, needed=FIRST) == 99
    assert evidence.clean_needed(57, 9, error=tested, needed=FIRST) == 449


def test_the_exact_chance_of_ever_reaching_twenty_at_the_tested_error() -> None:
    """Dynamic programming over (n, k), absorbing whatever crosses; the crossing k never falls with n."""
    error, alive, crossed, boundary = 0.05, {0: 1.0}, 0.0, -1
    for n in range(1, 3001):
        after: dict[int, float] = {}
        for k, chance in alive.items():
            after[k] = after.get(k, 0.0) + chance * (1 - error)
            after[k + 1] = after.get(k + 1, 0.0) + chance * error
        while boundary < n and evidence.log_evidence(n, boundary + 1, error) >= math.log(20):
            boundary += 1
        crossed += sum(chance for k, chance in after.items() if k <= boundary)
        alive = {k: chance for k, chance in after.items() if k > boundary and chance > 1e-15}
    assert crossed == pytest.approx(0.0422, abs=5e-5)
    assert crossed <= 1 / 20


@given(errors, st.integers(0, 120))
def test_at_the_tested_error_its_mean_is_one_after_any_number_of_decisions(error: float, n: int) -> None:
    mean = sum(
        math.exp(
            evidence.log_evidence(n, k, error)
            + math.log(math.comb(n, k))
            + k * math.log(error)
            + (n - k) * math.log1p(-error)
        )
        for k in range(n + 1)
    )
    assert mean == pytest.approx(1, rel=1e-9)


@given(counts, errors, st.floats(0, 0.5))
def test_no_step_raises_it_on_average_when_the_agent_is_as_bad_as_tested_or_worse(
    at: tuple[int, int], error: float, more: float
) -> None:
    n, k = at
    truth = min(1.0, error + more)
    now = evidence.log_evidence(n, k, error)
    right = math.exp(evidence.log_evidence(n + 1, k, error) - now)
    wrong = math.exp(evidence.log_evidence(n + 1, k + 1, error) - now)
    mean = truth * wrong + (1 - truth) * right
    assert mean <= 1 + 1e-9
    if not more:
        assert mean == pytest.approx(1, rel=1e-9)


@given(counts, errors)
def test_it_falls_with_each_wrong_one_and_grows_with_each_right_one_and_with_the_error(
    at: tuple[int, int], error: float
) -> None:
    n, k = at
    here = evidence.log_evidence(n, k, error)
    assert evidence.log_evidence(n + 1, k + 1, error) <= here + 1e-9
    assert evidence.log_evidence(n + 1, k, error) >= here - 1e-9
    assert evidence.log_evidence(n, k, error * 1.01) >= here - 1e-9
    if k < n:
        assert evidence.log_evidence(n, k + 1, error) < here


@given(counts, st.floats(0.01, 0.3), st.sampled_from([20.0, FIRST, 658.0]))
def test_the_bound_is_at_most_the_target_exactly_when_the_evidence_certifies(
    at: tuple[int, int], alpha: float, needed: float
) -> None:
    n, k = at
    upper = evidence.bound(n, k, needed=needed)
    if abs(upper - alpha) > 1e-9:
        assert (upper <= alpha) == evidence.certifies(n, k, error=alpha, needed=needed)


@given(counts, st.sampled_from([20.0, FIRST]))
def test_the_two_bounds_surround_what_was_seen(at: tuple[int, int], needed: float) -> None:
    n, k = at
    if n:
        assert evidence.lower_bound(n, k, needed=needed) <= k / n <= evidence.bound(n, k, needed=needed)


@settings(max_examples=50)
@given(counts, st.floats(0.01, 0.3))
def test_the_clean_run_that_is_needed_is_the_shortest(at: tuple[int, int], alpha: float) -> None:
    n, k = at
    more = evidence.clean_needed(n, k, error=alpha, needed=FIRST)
    assert evidence.certifies(n + more, k, error=alpha, needed=FIRST)
    assert not more or not evidence.certifies(n + more - 1, k, error=alpha, needed=FIRST)


@given(counts, st.floats(0, 0.9), st.floats(0, 0.9))
def test_reviewers_who_miss_more_never_help(at: tuple[int, int], one: float, other: float) -> None:
    n, k = at
    fewer, more = sorted((one, other))
    strict, lax = evidence.tested_error(0.05, more), evidence.tested_error(0.05, fewer)
    assert strict <= lax
    assert evidence.log_evidence(n, k, strict) <= evidence.log_evidence(n, k, lax) + 1e-9


def test_all_attempts_and_thresholds_together_spend_at_most_delta() -> None:
    spent = sum(5 / evidence.need(attempt, candidates=5, delta=0.05) for attempt in range(1, 100_000))
    assert 0.0499 < spent <= 0.05


@pytest.mark.parametrize("delta", [0, 0.5, 1, -0.1, math.nan, math.inf])
def test_a_chance_outside_its_range_is_refused(delta: float) -> None:
    with pytest.raises(BadInput):
        evidence.need(1, candidates=5, delta=delta)
    with pytest.raises(BadInput):
        evidence.tested_error(delta, 0)


@pytest.mark.parametrize(("n", "k"), [(-1, 0), (3, 4), (3, -1)])
def test_impossible_counts_are_refused(n: int, k: int) -> None:
    with pytest.raises(BadInput):
        evidence.log_evidence(n, k, 0.05)


@pytest.mark.parametrize("attempt", [0, -1])
def test_there_is_no_attempt_before_the_first(attempt: int) -> None:
    with pytest.raises(BadInput):
        evidence.need(attempt, candidates=5, delta=0.05)
