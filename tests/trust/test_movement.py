"""What moves a standing beside the test: each value is taken from the criteria, and none leaves its bounds."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.trust import controller
from apps.trust.controller import Earned, Terms
from apps.trust.movement import BOUNDS, Movement
from apps.trust.rules import DEFAULTS, Rules
from apps.trust.states import Feeds, Move
from apps.trust.statistics import alarm
from apps.trust.statistics.inputs import BadInput

RUNNING = replace(controller.fresh(5), running=1)


def _audited(terms: Terms, *verdicts: bool) -> tuple[Earned, list[Move | None]]:
    earned, moves = RUNNING, []
    for wrong in verdicts:
        earned, move = controller.after(earned, into=Feeds.ALARM, band=0, wrong=wrong, terms=terms)
        moves.append(move)
    return earned, moves


def _with(**changes: Any) -> Terms:
    return Terms(movement=Movement(**changes))


@pytest.mark.parametrize(("level", "mistakes"), [(4, 2), (50, 6), (100, 7), (1000, 10)])
def test_the_level_says_how_many_mistakes_demote(level: float, mistakes: int) -> None:
    _earned, moves = _audited(_with(alarm_level=level), *[True] * mistakes)
    assert moves[-1] is Move.DEMOTED
    assert Move.DEMOTED not in moves[:-1]
    assert alarm.mistakes_to_demote(level) == mistakes


@pytest.mark.parametrize(("chosen", "needed"), [(0, 13), (5, 13), (13, 13), (20, 20), (200, 200)])
def test_a_pause_may_be_made_longer_and_never_shorter_than_the_target_says(chosen: int, needed: int) -> None:
    terms = _with(resume_after=chosen)
    _earned, moves = _audited(terms, True, *[False] * needed)
    assert [moves[0], moves[-1]] == [Move.PAUSED, Move.RESUMED]
    assert set(moves[1:-1]) <= {None}
    assert alarm.right_to_resume(alarm.UP, error=terms.tested, resume_after=chosen) == needed


@given(st.lists(st.booleans(), max_size=80), st.integers(0, 200))
def test_a_longer_pause_never_lowers_the_alarm(verdicts: list[bool], chosen: int) -> None:
    plain = longer = 0.0
    for wrong in verdicts:
        plain = alarm.after(plain, wrong=wrong, error=0.05)
        longer = alarm.after(longer, wrong=wrong, error=0.05, resume_after=chosen)
        assert longer >= plain - 1e-6


def test_starting_over_comes_when_the_criteria_say() -> None:
    earned, terms = controller.fresh(5), _with(start_over_every=100)
    for place in range(100):
        earned, move = controller.after(earned, into=Feeds.PROOF, band=0, wrong=place % 4 == 0, terms=terms)
        assert (move is Move.STARTED_OVER) == (place == 99)
    assert earned.attempt == 2


@pytest.mark.parametrize(
    ("error", "need", "fewest"), [(0.20, 20, 19), (0.10, 20, 41), (0.20, 1000, 39), (0.40, 10, 7)]
)
def test_the_gate_of_shadow_is_that_of_the_criteria(error: float, need: float, fewest: int) -> None:
    terms = _with(useful_error=error, useful_need=need)
    for n, passes in ((fewest - 1, False), (fewest, True)):
        assert controller.is_useful(replace(controller.fresh(5), useful_n=n), terms) is passes


def test_audits_follow_the_schedule() -> None:
    rules = Movement(audit_rates=(0.5, 0.1, 0.02), audit_steps=(10, 5))
    assert [rules.audit_rate(audited) for audited in (0, 9, 10, 14, 15, 10**6)] == [
        0.5,
        0.5,
        0.1,
        0.1,
        0.02,
        0.02,
    ]
    assert Movement(audit_rates=(0.3,), audit_steps=()).audit_rate(10**6) == 0.3


rates = st.lists(st.floats(0.01, 1), min_size=1, max_size=6).map(lambda found: sorted(found, reverse=True))


@given(rates, st.data(), st.integers(0, 10**7))
def test_whatever_is_allowed_audits_never_stop(found: list[float], data: st.DataObject, audited: int) -> None:
    size = len(found) - 1
    steps = data.draw(st.lists(st.integers(1, 100_000), min_size=size, max_size=size))
    rules = Movement(audit_rates=tuple(found), audit_steps=tuple(steps))
    assert rules.audit_rate(audited) >= 0.01


@pytest.mark.parametrize("name", BOUNDS)
def test_no_value_leaves_its_bounds(name: str) -> None:
    least, most = BOUNDS[name]
    for inside in (least, most):
        assert getattr(Movement(**{name: inside}), name) == inside
    for outside in (least - 0.001, most + 0.001, math.nan, math.inf):
        with pytest.raises(BadInput, match=name):
            Movement(**{name: outside})


@pytest.mark.parametrize(
    ("audit_rates", "audit_steps"),
    [
        ((), ()),
        ((0.2, 0.0), (100,)),
        ((0.2, 0.005), (100,)),
        ((0.1, 0.2), (100,)),
        ((1.5,), ()),
        ((math.nan,), ()),
        ((0.2, 0.1), ()),
        ((0.2,), (100,)),
        ((0.2, 0.1), (0,)),
        ((0.2,) * 7, (1,) * 6),
    ],
)
def test_schedules_that_stop_rise_or_do_not_fit_are_refused(
    audit_rates: tuple[float, ...], audit_steps: tuple[int, ...]
) -> None:
    with pytest.raises(BadInput):
        Movement(audit_rates=audit_rates, audit_steps=audit_steps)


def test_every_value_is_part_of_the_policy_hash() -> None:
    others = [
        replace(DEFAULTS, **{name: most if getattr(DEFAULTS, name) != most else least})
        for name, (least, most) in BOUNDS.items()
    ]
    others += [replace(DEFAULTS, audit_rates=(0.2, 0.1, 0.04)), replace(DEFAULTS, audit_steps=(100, 201))]
    assert len({rules.sha256 for rules in (*others, Rules())}) == len(BOUNDS) + 3
