"""Bands and regions, the alarm, the coin, the miss rate, unequal rates, calibration and drift."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.trust.statistics import alarm, calibration, coin, drift, misses, regions, weighing
from apps.trust.statistics.evidence import log_evidence, need
from apps.trust.statistics.inputs import BadInput, check_edges
from apps.trust.statistics.weighing import Drawn

EDGES = (0.99, 0.95, 0.90, 0.80, 0.70)
band_counts = st.lists(
    st.integers(0, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=5, max_size=5
)


@pytest.mark.parametrize(
    ("confidence", "band"), [(1, 0), (0.99, 0), (0.9899, 1), (0.95, 1), (0.7, 4), (0.6999, None), (0, None)]
)
def test_a_band_has_its_lower_edge(confidence: float, band: int | None) -> None:
    assert regions.band_of(confidence, EDGES) == band


@pytest.mark.parametrize("confidence", [-0.01, 1.01, math.nan, math.inf])
def test_a_confidence_outside_its_range_is_refused(confidence: float) -> None:
    with pytest.raises(BadInput):
        regions.band_of(confidence, EDGES)


@pytest.mark.parametrize("edges", [(), (0.9, 0.95), (0.9, 0.9), (1.2, 0.9), (0.9, math.nan)])
def test_edges_that_do_not_fall_are_refused(edges: tuple[float, ...]) -> None:
    with pytest.raises(BadInput):
        check_edges(edges)


@given(band_counts, st.lists(st.integers(0, 20), min_size=5, max_size=5))
def test_pending_as_wrong_is_below_every_completion(
    counts: list[tuple[int, int]], pending: list[int]
) -> None:
    n, k = [one for one, _wrong in counts], [wrong for _one, wrong in counts]
    waiting = regions.candidates(n, k, running=0, error=0.05, pending=pending)
    right = [one + late for one, late in zip(n, pending, strict=True)]
    wrong = [one + late for one, late in zip(k, pending, strict=True)]
    for completed in (k, wrong):
        done = regions.candidates(right, completed, running=0, error=0.05)
        assert all(a.log_evidence <= b.log_evidence + 1e-9 for a, b in zip(waiting, done, strict=True))
    undecided = regions.candidates(n, k, running=0, error=0.05)
    assert all(a.log_evidence <= b.log_evidence + 1e-9 for a, b in zip(waiting, undecided, strict=True))


@given(band_counts, st.integers(1, 5))
def test_lowering_uses_the_joining_band_only(counts: list[tuple[int, int]], running: int) -> None:
    n, k = [one for one, _wrong in counts], [wrong for _one, wrong in counts]
    found = regions.candidates(n, k, running=running, error=0.05)
    if running == 5:
        assert found == []
        return
    (only,) = found
    assert (only.bands, only.n, only.k) == (running + 1, n[running], k[running])


def test_the_lowest_passing_threshold_is_taken() -> None:
    found = regions.candidates([131, 0, 0, 10, 400], [0, 0, 0, 5, 200], running=0, error=0.05)
    best = regions.lowest_passing(found, math.log(need(1, candidates=5, delta=0.05)))
    assert best is not None
    assert best.bands == 3


def test_edges_come_from_the_histogram_of_confidences() -> None:
    edges = regions.edges_of_histogram([one / 100 for one in range(100)], 4)
    assert edges == (0.75, 0.5, 0.25, 0.0)
    with pytest.raises(BadInput):
        regions.edges_of_histogram([0.5, 0.5], 2)


def test_one_audited_mistake_pauses_and_thirteen_right_ones_resume() -> None:
    value = alarm.after(0.0, wrong=True, error=0.05)
    assert alarm.relief(0.05) == pytest.approx(0.0541, abs=5e-5)
    for _right in range(12):
        value = alarm.after(value, wrong=False, error=0.05)
        assert alarm.is_paused(value)
    assert not alarm.is_paused(alarm.after(value, wrong=False, error=0.05))
    assert alarm.right_to_resume(alarm.UP, error=0.05) == 13


def test_seven_wrong_in_a_row_demote_and_six_do_not() -> None:
    value = 0.0
    for mistakes in range(1, 8):
        value = alarm.after(value, wrong=True, error=0.05)
        assert alarm.is_demoting(value) == (mistakes == 7)


@given(st.lists(st.booleans(), max_size=200), st.floats(0.005, 0.3))
def test_the_alarm_is_never_below_zero(outcomes: list[bool], error: float) -> None:
    value = 0.0
    for wrong in outcomes:
        value = alarm.after(value, wrong=wrong, error=error if error < 0.25 else 0.2)
        assert value >= 0


@given(st.floats(0.01, 0.2))
def test_a_step_of_the_alarm_has_mean_one_at_the_tested_error(error: float) -> None:
    mean = error * math.exp(alarm.UP) + (1 - error) * math.exp(-alarm.relief(error))
    assert mean == pytest.approx(1)


def test_more_audits_let_fewer_wrong_actions_run() -> None:
    run = [alarm.expected_wrong(rate, error=0.05, turned=0.10) for rate in (0.05, 0.10, 0.20)]
    assert 30 < run[0] < 45
    assert run == sorted(run, reverse=True)


def test_the_coin_is_keyed_and_can_be_replayed() -> None:
    one = coin.toss(b"secret", 7, "a")
    assert one == coin.toss(b"secret", 7, "a")
    others = {coin.toss(b"other", 7, "a"), coin.toss(b"secret", 8, "a"), coin.toss(b"secret", 7, "b")}
    assert one not in others
    assert len(others) == 3


def test_the_coin_is_uniform() -> None:
    tosses = sorted(coin.toss(b"secret", 1, str(number)) for number in range(20_000))
    assert all(0 <= one < 1 for one in tosses)
    furthest = max(abs(one - rank / len(tosses)) for rank, one in enumerate(tosses))
    assert furthest < 1.95 / math.sqrt(len(tosses))


def test_no_two_slices_and_proposals_share_a_coin_by_their_spelling() -> None:
    assert coin.toss(b"s", 1, "1x") != coin.toss(b"s", 11, "x")


@pytest.mark.parametrize(
    ("audited", "rate"), [(0, 0.2), (99, 0.2), (100, 0.1), (299, 0.1), (300, 0.05), (10**6, 0.05)]
)
def test_the_audit_rate_falls_and_never_ends(audited: int, rate: float) -> None:
    assert coin.audit_rate(audited) == rate


def test_the_miss_rates_of_a_hundred_seeds() -> None:
    assert [round(misses.upper(100, missed), 3) for missed in (0, 5, 10)] == [0.059, 0.157, 0.230]


def test_too_few_seeds_assume_a_fifth_and_say_so() -> None:
    assert misses.miss_rate(49, 0) == misses.MissRate(0.20, 49, True)
    measured = misses.miss_rate(100, 0)
    assert (round(measured.upper, 3), measured.is_assumed) == (0.059, False)


def test_a_reviewer_is_careless_only_when_that_is_proved() -> None:
    assert not misses.is_provably_careless(10, 10 // 2)
    assert not misses.is_provably_careless(100, 30)
    assert misses.is_provably_careless(100, 55)


def test_unequal_chances_are_not_pooled() -> None:
    with pytest.raises(BadInput, match="weigh them"):
        weighing.check_same_chance(0.2, others=1.0)
    weighing.check_same_chance(1.0, others=1.0)
    for none in (0.0, -0.1, 1.1, math.nan):
        with pytest.raises(BadInput, match="is none"):
            Drawn(none, 1, 0)
    with pytest.raises(BadInput, match="impossible"):
        Drawn(0.5, 1, 2)


def _counted(decisions: list[tuple[bool, float]]) -> list[Drawn]:
    rates = sorted({rate for _wrong, rate in decisions})
    return [
        Drawn(rate, sum(one == rate for _w, one in decisions), sum(w and one == rate for w, one in decisions))
        for rate in rates
    ]


@given(st.lists(st.booleans(), min_size=1, max_size=100), st.floats(0.05, 1), st.floats(0.01, 0.3))
def test_equal_chances_weigh_like_plain_counts(wrong: list[bool], rate: float, error: float) -> None:
    drawn = [Drawn(rate, len(wrong), sum(wrong))]
    weighted = weighing.log_weighted_evidence(drawn, error)
    assert weighted == pytest.approx(log_evidence(len(wrong), sum(wrong), error), rel=1e-6, abs=1e-6)


@given(
    st.lists(st.sampled_from([1.0, 0.2, 0.05]), min_size=1, max_size=6),
    st.floats(0.01, 0.3),
    st.sampled_from([1.0, 0.05, 0.01]),
)
def test_weighted_evidence_has_mean_one_at_the_tested_error(
    rates: list[float], error: float, smallest: float
) -> None:
    mean = 0.0
    for pattern in range(2 ** len(rates)):
        decisions = [(bool(pattern >> place & 1), rate) for place, rate in enumerate(rates)]
        chance = math.prod(error if wrong else 1 - error for wrong, _rate in decisions)
        found = weighing.log_weighted_evidence(_counted(decisions), error, smallest=smallest)
        mean += chance * math.exp(found)
    assert mean == pytest.approx(1)


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.05, 1))
def test_a_smaller_chance_weighs_more_so_that_each_stands_for_as_many(n: int, k: int, rate: float) -> None:
    """What is looked at less often must not be outvoted by what is looked at always."""
    seldom, always = Drawn(rate, 50, 10), Drawn(1.0, n, min(k, n))
    one = weighing.log_weighted_evidence([seldom], 0.1)
    both = weighing.log_weighted_evidence([seldom, always], 0.1)
    # However many right ones came by the chance of 1, none moves the evidence by more than rho of a plain one.
    assert both - one <= n * rate * -math.log1p(-0.1) + 1e-9


def test_audits_of_unequal_chances_exclude_an_error_from_above() -> None:
    bounds = [
        weighing.bound([Drawn(0.2, 100, wrong), Drawn(0.05, 300, wrong)], needed=20, smallest=0.05)
        for wrong in (0, 1, 5)
    ]
    assert bounds == sorted(bounds)
    assert 0 < bounds[0] < 0.02 < bounds[2] < 0.1
    assert weighing.bound([], needed=20) == 1
    later = weighing.bound([Drawn(0.2, 100, 0)], needed=20, smallest=0.05)
    assert later > weighing.bound([Drawn(0.2, 100, 0)], needed=20)


shares = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


@given(shares)
def test_the_calibration_curve_never_falls_and_keeps_every_decision(
    decisions: list[tuple[float, bool]],
) -> None:
    steps = calibration.isotonic(decisions)
    assert sum(step.n for step in steps) == len(decisions)
    assert all(one.right < other.right and one.high < other.low for one, other in pairwise(steps))
    right = sum(step.right * step.n for step in steps)
    assert right == pytest.approx(sum(not wrong for _stated, wrong in decisions))


def test_what_it_says_and_what_is() -> None:
    assert calibration.says_and_is([]) is None
    assert calibration.says_and_is([(0.9, False), (0.7, True)]) == (pytest.approx(0.8), 0.5)


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 500), min_size=2))
def test_no_drift_from_oneself(counts: dict[str, int]) -> None:
    assert drift.stability_index(counts, counts) == 0


def test_a_changed_mix_drifts_and_few_cases_do_not() -> None:
    before, after = {"a": 900, "b": 100}, {"a": 300, "b": 700}
    index = drift.stability_index(before, after)
    assert index == pytest.approx(drift.stability_index(after, before))
    assert drift.is_large(index, baseline=1000, now=1000)
    assert not drift.is_large(index, baseline=1000, now=99)


def test_override_rates_differ_only_when_chance_does_not_explain_it() -> None:
    assert drift.rates_differ((1000, 20), (1000, 100))
    assert not drift.rates_differ((1000, 20), (200, 6))
    assert not drift.rates_differ((50, 0), (50, 50))
    assert not drift.rates_differ((200, 0), (200, 0))


def test_bins() -> None:
    assert [drift.tenth(share) for share in (0, 0.05, 0.95, 1)] == [0, 0, 9, 9]
    assert [drift.amount_bin(amount) for amount in (0, 5, -5, 10**6)] == [0, 1, 1, 7]
    assert drift.counted([True, "a", "a"]) == {"True": 1, "a": 2}
