"""How autonomy moves with each decision: the pure controller."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.trust import controller
from apps.trust.controller import Earned, Terms
from apps.trust.rules import Rules
from apps.trust.states import Basis, Feeds, Move
from apps.trust.statistics import evidence
from apps.trust.statistics.inputs import LEAST_LEVEL, BadInput
from apps.trust.statistics.weighing import Drawn

TERMS = Terms()


def _reviewed(earned: Earned, band: int, right: int, wrong: int = 0) -> Earned:
    for is_wrong in [True] * wrong + [False] * right:
        earned, _move = controller.after(earned, into=Feeds.PROOF, band=band, wrong=is_wrong, terms=TERMS)
    return earned


def _promoted() -> Earned:
    return controller.promoted(_reviewed(controller.fresh(5), 0, 131), 1)


def _audited(earned: Earned, *verdicts: bool) -> tuple[Earned, list[Move | None]]:
    moves = []
    for wrong in verdicts:
        earned, move = controller.after(earned, into=Feeds.ALARM, band=0, wrong=wrong, terms=TERMS)
        moves.append(move)
    return earned, moves


def test_nothing_is_recommended_below_the_golden_table() -> None:
    almost = _reviewed(controller.fresh(5), 0, 130)
    assert controller.recommended(almost, TERMS) is None
    found = controller.recommended(_reviewed(almost, 0, 1), TERMS)
    assert found is not None
    # The pooled regions below hold the same counts, so the lowest threshold is proved with them.
    assert found.bands == 5


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=130))
def test_no_130_decisions_ever_certify(decisions: list[tuple[int, bool]]) -> None:
    earned = controller.fresh(5)
    for band, wrong in decisions:
        earned, _move = controller.after(earned, into=Feeds.PROOF, band=band, wrong=wrong, terms=TERMS)
        assert controller.recommended(earned, TERMS) is None


@given(st.permutations([(0, False)] * 30 + [(1, True)] * 3 + [(2, False)] * 10))
def test_the_order_of_reviews_does_not_matter(decisions: list[tuple[int, bool]]) -> None:
    earned = controller.fresh(5)
    for band, wrong in decisions:
        earned, _move = controller.after(earned, into=Feeds.PROOF, band=band, wrong=wrong, terms=TERMS)
    assert (earned.n, earned.k) == ((30, 3, 10, 0, 0), (0, 3, 0, 0, 0))


def test_pending_reviews_count_as_wrong() -> None:
    earned = _reviewed(controller.fresh(5), 0, 131)
    assert controller.recommended(earned, TERMS, (1, 0, 0, 0, 0)) is None
    more = _reviewed(earned, 0, 58)
    found = controller.recommended(more, TERMS, (1, 0, 0, 0, 0))
    assert found is not None
    assert (found.n, found.k) == (190, 1)


def test_a_larger_miss_rate_never_helps() -> None:
    earned = _reviewed(controller.fresh(5), 0, 131)
    assert controller.recommended(earned, Terms(misses=0.01)) is None


def test_one_audited_mistake_pauses_and_thirteen_right_ones_resume() -> None:
    paused, moves = _audited(_promoted(), True)
    assert (moves, paused.is_paused) == ([Move.PAUSED], True)
    twelve, moves = _audited(paused, *[False] * 12)
    assert set(moves) == {None}
    resumed, moves = _audited(twelve, False)
    assert (moves, resumed.is_paused, resumed.running) == ([Move.RESUMED], False, 1)


def test_seven_mistakes_demote_clear_the_evidence_and_make_the_next_attempt_harder() -> None:
    earned, moves = _audited(_promoted(), *[True] * 7)
    assert moves == [Move.PAUSED, None, None, None, None, None, Move.DEMOTED]
    assert (earned.running, earned.attempt, sum(earned.n), earned.alarm) == (0, 2, 0, 0)
    assert TERMS.need(2) == pytest.approx(4 * TERMS.need(1))
    assert controller.recommended(_reviewed(earned, 0, 159), TERMS) is None
    assert controller.recommended(_reviewed(earned, 0, 160), TERMS) is not None


def test_the_next_band_joins_by_its_own_decisions_only() -> None:
    running = controller.promoted(_reviewed(controller.fresh(5), 0, 1000), 1)
    assert controller.recommended(running, TERMS) is None
    found = controller.recommended(_reviewed(running, 1, 131), TERMS)
    assert found is not None
    assert (found.bands, found.n, found.k) == (2, 131, 0)


def test_a_threshold_is_never_raised_by_itself() -> None:
    running = controller.promoted(_reviewed(controller.fresh(5), 0, 300), 3)
    for bands in (0, 2, 3, 6):
        with pytest.raises(BadInput):
            controller.promoted(running, bands)


def test_five_hundred_hopeless_decisions_start_over() -> None:
    hopeless = _reviewed(controller.fresh(5), 0, 374, 125)
    last, move = controller.after(hopeless, into=Feeds.PROOF, band=0, wrong=False, terms=TERMS)
    assert move is Move.STARTED_OVER
    assert (last.attempt, sum(last.n)) == (2, 0)


def test_a_hopeful_slice_does_not_start_over() -> None:
    hopeful = _reviewed(controller.fresh(5), 4, 485, 14)
    last, move = controller.after(hopeful, into=Feeds.PROOF, band=4, wrong=False, terms=TERMS)
    assert (move, last.attempt, sum(last.n)) == (None, 1, 500)


def test_one_hopeful_threshold_keeps_the_attempt_though_the_others_are_hopeless() -> None:
    earned = _reviewed(_reviewed(controller.fresh(5), 0, 100), 4, 299, 100)
    last, move = controller.after(earned, into=Feeds.PROOF, band=4, wrong=False, terms=TERMS)
    assert (move, last.attempt, sum(last.n)) == (None, 1, 500)


def test_what_runs_never_starts_over_however_hopeless_its_counts() -> None:
    running = replace(controller.fresh(5), n=(10, 0, 0, 0, 489), k=(5, 0, 0, 0, 100), running=1)
    last, move = controller.after(running, into=Feeds.PROOF, band=4, wrong=True, terms=TERMS)
    assert (move, last.running, last.attempt, sum(last.n)) == (None, 1, 1, 500)


def test_audits_are_counted_anew_when_a_threshold_is_lowered() -> None:
    """The share that is audited begins at its highest again: the new band has hardly been looked at."""
    audited, _moves = _audited(_promoted(), *[False] * 150)
    assert (audited.audited, controller.promoted(audited, 2).audited) == (150, 0)


def test_incidents_raise_the_alarm_and_are_no_audits() -> None:
    running = _promoted()
    earned, move = controller.after_incident(running, TERMS)
    assert (move, earned.audited, earned.n) == (Move.PAUSED, 0, running.n)
    untouched = _reviewed(controller.fresh(5), 0, 10)
    assert controller.after_incident(untouched, TERMS) == (untouched, None)


@pytest.mark.parametrize(
    ("basis", "band", "running", "into"),
    [
        (Basis.FULL, 0, 0, Feeds.PROOF),
        (Basis.FULL, None, 0, Feeds.NOTHING),
        (Basis.AUDIT, 0, 1, Feeds.ALARM),
        (Basis.PAUSED, 0, 1, Feeds.ALARM),
        (Basis.AUDIT, 0, 0, Feeds.NOTHING),
        (Basis.CONTEXT, 0, 1, Feeds.NOTHING),
        (Basis.SHADOW, 0, 0, Feeds.USEFULNESS),
    ],
)
def test_only_decisions_with_the_same_chance_of_review_are_pooled(
    basis: Basis, band: int | None, running: int, into: Feeds
) -> None:
    earned = replace(controller.fresh(5), running=running)
    assert controller.feeds(earned, basis=basis, band=band, wrong=False) == into


@pytest.mark.parametrize("rate", [0.2, 0.05])
def test_what_a_coin_chose_is_never_added_to_the_counts_that_prove(rate: float) -> None:
    new = controller.fresh(5)
    with pytest.raises(BadInput, match="cannot be pooled"):
        controller.after(new, into=Feeds.PROOF, band=0, wrong=False, terms=TERMS, rate=rate)
    audited, _move = controller.after(
        _promoted(), into=Feeds.ALARM, band=0, wrong=False, terms=TERMS, rate=rate
    )
    assert audited.audited == 1


def test_the_gate_of_shadow_weighs_what_did_not_have_the_same_chance() -> None:
    assert controller.useful([Drawn(1.0, 19, 0)], TERMS) is not None
    assert controller.useful([Drawn(0.1, 19, 0)], TERMS) is not None
    assert controller.useful([Drawn(1.0, 18, 0)], TERMS) is None
    # Eighteen reports of everything weigh a tenth each beside one of the looks a coin of 0.1 chose.
    mixed = [Drawn(0.1, 1, 0), Drawn(1.0, 18, 0)]
    assert controller.useful(mixed, TERMS) is None
    assert controller.useful([Drawn(0.1, 17, 0), Drawn(1.0, 30, 0)], TERMS) is not None
    assert controller.useful([], TERMS) is None


def test_what_is_looked_at_twice() -> None:
    running = _promoted()
    assert controller.needs_second_look(running, band=0, early=False, alpha=0.05)
    assert not controller.needs_second_look(running, band=1, early=False, alpha=0.05)
    assert controller.needs_second_look(running, band=1, early=True, alpha=0.05)
    bad = _reviewed(controller.fresh(5), 0, 10, 10)
    assert not controller.needs_second_look(bad, band=0, early=True, alpha=0.05)
    assert not controller.needs_second_look(running, band=None, early=True, alpha=0.05)
    for wrong, is_asked in ((10, True), (11, False)):
        seen = _reviewed(controller.fresh(5), 0, 100 - wrong, wrong)
        assert controller.needs_second_look(seen, band=0, early=True, alpha=0.05) is is_asked


def test_the_least_levels_one_may_choose_can_be_worked_with() -> None:
    terms = Terms(alpha=LEAST_LEVEL, delta=LEAST_LEVEL)
    clean = evidence.clean_needed(0, 0, error=terms.tested, needed=terms.need(1))
    assert 10**6 < clean < 10**8
    for wrong in ({"alpha": 1e-320}, {"delta": 1e-320}):
        with pytest.raises(BadInput, match="has to be at least"):
            Rules(**wrong)


def test_terms_that_test_nothing_are_refused() -> None:
    for wrong in ({"alpha": 0}, {"alpha": 0.5}, {"alpha": 0.3}, {"delta": 0.5}, {"delta": math.nan}):
        with pytest.raises(BadInput):
            Terms(**wrong)
    with pytest.raises(BadInput):
        Terms(edges=(0.7, 0.9))
