"""Budgets without a database: levels, periods, and which spent budget stops."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from apps.costs.limits import Rules, standings, what_stops
from apps.costs.periods import PERIODS, next_start, start_of
from apps.costs.states import LEVELS, Span, level_of

days = st.dates(date(1990, 1, 1), date(2150, 1, 1))
amounts = st.decimals(min_value="0.01", max_value="100000", places=2)


@given(days, st.sampled_from(PERIODS))
def test_every_day_lies_in_one_period_and_periods_meet(day: date, span: Span) -> None:
    first, after = start_of(span, day), next_start(span, day)
    assert first <= day
    assert start_of(span, first) == first
    if after is None:
        assert span is Span.EVER
    else:
        assert day < after
        assert start_of(span, after) == after
        assert start_of(span, after - timedelta(days=1)) == first


@given(amounts, amounts)
def test_a_level_is_reached_at_its_share_exactly(spent: Decimal, limit: Decimal) -> None:
    level = level_of(spent, limit)
    assert level in (0, *LEVELS)
    assert all((spent * 100 >= limit * one) == (one <= level) for one in LEVELS)


@given(st.dictionaries(st.sampled_from(Span), amounts), st.dictionaries(st.sampled_from(Span), amounts), days)
@example(dict.fromkeys(Span, Decimal(1)), {Span.WEEK: Decimal(1), Span.MONTH: Decimal(1)}, date(2001, 2, 26))
def test_what_stops_is_spent_and_lasts_longest(budgets: dict, spent: dict, day: date) -> None:
    found = standings(Rules("EUR", budgets), spent, day=day)
    assert [one.span for one in found] == [span for span in Span if span in budgets]
    stops = what_stops(found)
    over = [span for span in budgets if spent.get(span, 0) >= budgets[span]]
    assert (stops is None) == (not over)
    if stops:
        assert stops.span in over
        assert stops.percent >= 100
        assert all(stops.free_on is None or one.free_on <= stops.free_on for one in found if one.is_spent)
