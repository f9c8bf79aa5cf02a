"""What a chain may say, and what is said about one that cannot be used."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.escalation.states import Do
from apps.escalation.steps import (
    LAST_RESORT,
    ChainError,
    Step,
    Unreadable,
    is_accountable,
    read_steps,
    stored_steps,
)

LAST = {"after": "200%", "do": "notify", "to": ["office:admin"]}


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([], "at least one step"),
        (None, "at least one step"),
        ("notify", "at least one step"),
        ([LAST] * 21, "at most 20"),
        ([{"after": "0m", "do": "notify", "to": ["leads"]}, LAST], "zero leaves no time"),
        ([{"after": "36501d", "do": "notify", "to": ["leads"]}, LAST], "longer than a year"),
        ([{"after": "-1h", "do": "notify", "to": ["leads"]}, LAST], "cannot be negative"),
        ([{"after": "1001%", "do": "notify", "to": ["leads"]}, LAST], "too late"),
        ([{"after": "soon", "do": "notify", "to": ["leads"]}, LAST], "not a duration"),
        ([{"after": 5, "do": "notify", "to": ["leads"]}, LAST], "say after how long"),
        ([{"do": "notify", "to": ["leads"]}, LAST], "say after how long"),
        ([{"after": "1h", "do": "approve"}, LAST], "Step 1: approve is not something a step can do"),
        ([{"after": "1h", "do": "notify", "to": []}, LAST], "say to whom"),
        ([{"after": "1h", "do": "notify", "to": ["queue:senior"]}, LAST], "cannot stand here"),
        ([{"after": "1h", "do": "notify", "to": ["role:king"]}, LAST], "names nothing"),
        ([{"after": "1h", "do": "notify", "to": ["team:"]}, LAST], "names nothing"),
        ([{"after": "1h", "do": "notify", "to": ["leads:x"]}, LAST], "names nothing"),
        ([{"after": "1h", "do": "notify", "to": ["leads", "leads"]}, LAST], "twice"),
        ([{"after": "1h", "do": "notify", "to": [7]}, LAST], "list of names"),
        ([{"after": "1h", "do": "reassign", "to": ["queue:a", "queue:b"]}, LAST], "one queue only"),
        ([{"after": "1h", "do": "raise_tier", "to": ["leads"]}, LAST], "takes no names"),
        ([{"after": "1h", "do": "notify", "to": ["leads"], "at": 1}, LAST], "no field at"),
        ([7, LAST], "write after, do and to"),
        ([{"after": "90%", "do": "raise_tier"}, {"after": "50%", "do": "raise_tier"}, LAST], "order of time"),
        ([{"after": "3h", "do": "raise_tier"}, {"after": "90m", "do": "raise_tier"}, LAST], "order of time"),
        ([{"after": "50%", "do": "fallback"}], "The last step has to tell a role"),
        ([{"after": "50%", "do": "notify", "to": ["person:alice"]}], "tells a role, not one person"),
        ([{"after": "50%", "do": "notify", "to": ["leads", "channel:ops"]}], "tells a role, not one person"),
        ([{"after": "1%", "do": "fallback"}, {"after": "2%", "do": "fallback"}, LAST], "once in a chain"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_change(steps: Any, says: str) -> None:
    with pytest.raises(ChainError) as refusal:
        read_steps(steps)
    assert any(says in problem for problem in refusal.value.problems), refusal.value.problems


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(ChainError) as refusal:
        read_steps([{"after": "0m", "do": "dance"}, {"after": "x", "do": "notify", "to": []}])
    assert len(refusal.value.problems) == 4


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["after", "do", "to", "x"]), inner)
    ),
    max_leaves=12,
)


@given(anything)
def test_whatever_is_stored_has_an_end_somebody_answers_for(written: Any) -> None:
    steps = stored_steps(written)
    assert isinstance(steps[-1], Step)
    assert steps[-1].do is Do.NOTIFY
    assert all(is_accountable(to) for to in steps[-1].to)


@given(anything)
def test_whatever_is_sent_is_read_or_refused_with_sentences(written: Any) -> None:
    try:
        steps = read_steps(written)
    except ChainError as refusal:
        problems = refusal.problems
    else:
        problems = []
        assert read_steps([step.written() for step in steps]) == steps
    assert all(problem.endswith(".") for problem in problems)


def test_a_stored_step_of_a_later_version_stands_as_unreadable() -> None:
    steps = stored_steps([{"after": "1h", "do": "telepathy"}, LAST])
    assert isinstance(steps[0], Unreadable)
    assert "telepathy" in steps[0].why
    assert len(steps) == 2
    assert stored_steps([{"after": "1h", "do": "fallback"}])[-1] == LAST_RESORT
