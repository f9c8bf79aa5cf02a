"""When the circuit breaker trips: for thousands of made-up rows of results."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.halts.breaker import DEFAULTS, BadRule, Figures, Rule, Tried, tripped

NOW = datetime(2026, 11, 17, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    of = draw(st.integers(1, 12))
    return Rule(draw(st.integers(1, of)), of, draw(st.integers(1, 48)))


# Each at a moment of its own, so that which are the newest is no matter of chance.
results = st.lists(
    st.builds(lambda ago, failed: Tried(NOW - ago * MINUTE, failed), st.integers(0, 72 * 60), st.booleans()),
    max_size=40,
    unique_by=lambda one: one.at,
)


def good(*minutes_ago: int) -> list[Tried]:
    return [Tried(NOW - ago * MINUTE, False) for ago in minutes_ago]


def bad(*minutes_ago: int) -> list[Tried]:
    return [Tried(NOW - ago * MINUTE, True) for ago in minutes_ago]


def test_by_default_five_of_the_last_twenty_within_a_day_trip_it() -> None:
    assert tripped(DEFAULTS, bad(1, 2, 3, 4), now=NOW) is None
    assert tripped(DEFAULTS, bad(1, 2, 3, 4, 5), now=NOW) == Figures(5, 5)
    assert tripped(DEFAULTS, bad(1, 2, 3, 4, 25) + good(*range(5, 20)), now=NOW) == Figures(5, 20)
    assert tripped(DEFAULTS, bad(1, 2, 3, 4, 25) + good(*range(5, 21)), now=NOW) is None
    assert tripped(DEFAULTS, bad(1, 2, 3, 4, 24 * 60), now=NOW) is None


@given(rules(), results)
def test_it_trips_exactly_when_that_many_of_the_newest_failed(rule: Rule, found: list[Tried]) -> None:
    young = [one for one in found if NOW - one.at < timedelta(hours=rule.hours)]
    newest = sorted(young, reverse=True)[: rule.of]
    failed = len([one for one in newest if one.failed])
    figures = tripped(rule, found, now=NOW)
    assert (figures is not None) == (failed >= rule.failures)
    assert figures is None or figures == (failed, len(newest))


@given(rules(), results, st.randoms(use_true_random=False))
def test_the_order_they_are_handed_over_in_does_not_matter(
    rule: Rule, found: list[Tried], chance: object
) -> None:
    mixed = list(found)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert tripped(rule, mixed, now=NOW) == tripped(rule, found, now=NOW)


@given(rules(), results)
def test_one_that_worked_never_trips_it_and_one_that_failed_never_closes_it(
    rule: Rule, found: list[Tried]
) -> None:
    later = NOW + MINUTE
    before = tripped(rule, found, now=later)
    assert before is not None or tripped(rule, [*found, Tried(later, False)], now=later) is None
    if before is not None:
        after = tripped(rule, [*found, Tried(later, True)], now=later)
        assert after is not None
        assert after.failed >= before.failed


@given(rules(), results)
def test_what_came_before_it_was_let_go_on_does_not_count(rule: Rule, found: list[Tried]) -> None:
    since = NOW - 60 * MINUTE
    later = [one for one in found if one.at > since]
    assert tripped(rule, found, now=NOW, since=since) == tripped(rule, later, now=NOW)
    assert tripped(rule, found, now=NOW, since=NOW) is None


@given(results)
def test_one_that_is_switched_off_never_trips(found: list[Tried]) -> None:
    assert tripped(Rule(1, 20, 24, is_active=False), found, now=NOW) is None


@pytest.mark.parametrize("numbers", [(0, 20, 24), (21, 20, 24), (1, 201, 24), (1, 20, 0), (1, 20, 721)])
def test_numbers_that_make_no_breaker_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(BadRule):
        Rule(*numbers)
