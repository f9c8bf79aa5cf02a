"""A short simulation with fixed seeds: a controller that promoted bad agents, held on to them, or kept good ones from
earning anything fails here. `manage.py trust_simulate` is the long one.
"""

from functools import cache
from random import Random
from statistics import mean, median

import pytest
from django.core.management import CommandError, call_command

from apps.trust.controller import Terms
from apps.trust.simulating import SCENARIOS, Controlled, Life, confidences, live, region_errors
from apps.trust.statistics.regions import band_of

RUNS, PROPOSALS = 16, 4000
BAD = ["overconfident", "shifted", "top", "flat6", "flat5.5", "rubberstamp"]


@cache
def _lives(scenario: str, policy: str, proposals: int = PROPOSALS) -> list[Life]:
    return [
        live(
            scenario=SCENARIOS[scenario],
            policy=policy,
            proposals=proposals,
            random=Random(seed),
            terms=Terms(),
        )
        for seed in range(RUNS)
    ]


def _reviews_to_earn(scenario: str, policy: str) -> float:
    lives = _lives(scenario, policy)
    assert all(life.reviews_before is not None for life in lives)
    return median(life.reviews_before or 0 for life in lives)


@pytest.mark.parametrize("scenario", BAD)
def test_no_region_above_its_target_ever_runs(scenario: str) -> None:
    assert not any(life.ran_above_target for life in _lives(scenario, "reviewhub"))


@pytest.mark.parametrize("scenario", BAD)
def test_the_rule_of_the_last_fifty_lets_them_run(scenario: str) -> None:
    assert mean(life.ran_above_target for life in _lives(scenario, "last50")) > 0.9


def test_a_bound_that_is_valid_once_only_lets_some_run() -> None:
    assert any(life.ran_above_target for life in _lives("flat5.5", "wilson"))
    assert all(life.ran_above_target for life in _lives("rubberstamp", "wilson"))


def test_good_agents_earn_it_after_about_as_many_reviews_as_expected() -> None:
    # Long runs say 516 and 263; so few runs miss that by a quarter.
    assert 390 < _reviews_to_earn("good2", "reviewhub") < 700
    assert 210 < _reviews_to_earn("good1", "reviewhub") < 330
    assert _reviews_to_earn("good1", "last50") < 60


def test_a_good_agent_needs_few_reviews_afterwards() -> None:
    lives = _lives("good1", "reviewhub")
    share = sum(life.steady_reviews for life in lives) / sum(life.steady_proposals for life in lives)
    # Below all thresholds 3.8 % are reviewed, and at least 5 % of the rest are audited.
    assert 0.08 < share < 0.20


def test_one_that_turns_bad_is_held_soon_and_little_goes_wrong() -> None:
    ours, theirs = _lives("drift10", "reviewhub"), _lives("drift10", "last50")
    running = [life for life in ours if life.turned_running]
    assert len(running) > RUNS / 2
    assert all(life.held_after is not None for life in running)
    assert median(life.held_after or 0 for life in running) < 180
    assert mean(life.wrong_run for life in running) < 40
    assert mean(life.wrong_run for life in theirs) > 100
    assert all(life.held_after is None for life in _lives("drift10", "wilson"))


def test_hurrying_never_changes_what_happens() -> None:
    """It leaves out only looks that cannot find anything."""
    for seed in range(4):
        random = Random(seed)
        rules = [Controlled(Terms(), hurries=hurries) for hurries in (True, False)]
        for number in range(1200):
            band = band_of(random.choice(confidences()), Terms().edges)
            wrong, coin = random.random() < (0.01 if number < 900 else 0.3), random.random()
            answers = {rule.meet(band, wrong, coin) for rule in rules}
            assert len(answers) == 1
            assert rules[0].earned == rules[1].earned


def test_confidences_are_distributed_as_said() -> None:
    """1 - c = Beta(0.7, 3) / 2: mean 0.7 / 3.7 / 2, and so many at or above each edge (by a million draws)."""
    assert mean(confidences()) == pytest.approx(1 - 0.7 / 3.7 / 2, abs=1e-4)
    random = Random(1)
    drawn = [1 - random.betavariate(0.7, 3) / 2 for _draw in range(100_000)]
    for edge in Terms().edges:
        known = mean(one >= edge for one in confidences())
        assert known == pytest.approx(mean(one >= edge for one in drawn), abs=0.006)


def test_the_true_error_of_a_region() -> None:
    assert region_errors(SCENARIOS["flat6"], (0.99, 0.7)) == pytest.approx((0.06, 0.06))
    top, all_of_it = region_errors(SCENARIOS["top"], (0.95, 0.5))
    assert top == pytest.approx(0.12)
    assert 0.05 < all_of_it < 0.12


def test_the_command_prints_a_row_for_each_question(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("trust_simulate", scenario=["flat6", "good1", "drift"], runs=2, proposals=300, processes=1)
    told = capsys.readouterr().out
    for question in (
        "ever runs above target: flat 6 %",
        "reviews to earn autonomy, agent flat 1 %",
        "reviews per 1,000 in the second half, flat 1 %",
        "proposals until held, median/p90",
    ):
        assert question in told


@pytest.mark.parametrize("wrong", [{"runs": 0}, {"processes": 0}, {"alpha": 0.7}, {"delta": 0.5}])
def test_impossible_simulations_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(CommandError):
        call_command("trust_simulate", **wrong)
