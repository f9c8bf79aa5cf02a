"""What is counted of past proposals, what is unused and when that is not known, and what a scope is narrowed to."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.registry.conditions.names import declared_values
from apps.registry.scopes import EVERYTHING, AgentScope, place_of
from apps.rulebook.scope_use import UNUSED_AFTER, Seen, Use, uses

NOW = datetime(2026, 11, 17, 10, tzinfo=UTC)
DAY = timedelta(days=1)
LONG_AGO = NOW - 200 * DAY


def seen(action: str = "refund", days: float = 1, amount: int | None = 120) -> Seen:
    size = None if amount is None else Decimal(amount)
    declared = declared_values(
        action=action,
        args={},
        amount=size,
        currency="EUR",
        subject_kind="",
        subject_id="",
        affected=0,
        systems=(),
    )
    return Seen(action, NOW - days * DAY, declared, size, "EUR")


def used(
    *scopes: AgentScope,
    past: list[Seen],
    since: datetime = LONG_AGO,
    reaches: dict[str, datetime] | None = None,
) -> list[Use]:
    offered = ["cancel", "refund"]
    return uses(scopes, past, offered=offered, reaches=reaches or {}, since=since, now=NOW)


def test_each_falls_into_the_first_scope_it_fits() -> None:
    small = AgentScope.of(["refund"], "impact.amount <= 100")
    first, second = used(
        small, EVERYTHING, past=[seen(amount=90), seen(amount=-95), seen(), seen("cancel", 40)]
    )
    assert (first.n, first.largest, first.currency) == (2, Decimal(95), "EUR")
    assert (second.n, second.largest) == (2, Decimal(120))
    assert (first.is_unused, second.is_unused) == (False, False)
    assert second.unused_actions == ["cancel"]


@pytest.mark.parametrize(
    ("days", "since", "reaches", "is_unused"),
    [
        (None, LONG_AGO, {}, True),
        (31, LONG_AGO, {}, True),
        (29, LONG_AGO, {}, False),
        # Given yesterday: it has not had the time.
        (None, NOW - DAY, {}, False),
        # Of very many only the newest were counted: further back nothing is known.
        (None, LONG_AGO, {"refund": NOW - 5 * DAY}, False),
        (None, LONG_AGO, {"refund": NOW - 31 * DAY}, True),
    ],
)
def test_what_is_unused_and_when_that_is_not_known(
    days: int | None, since: datetime, reaches: dict[str, datetime], is_unused: bool
) -> None:
    past = [] if days is None else [seen(days=days)]
    (use,) = used(AgentScope.of(["refund"]), past=past, since=since, reaches=reaches)
    assert use.is_unused is is_unused


@pytest.mark.parametrize(
    ("scope", "past", "narrower"),
    [
        (EVERYTHING, [], None),
        (EVERYTHING, [seen(), seen(amount=7)], AgentScope(("refund",), "impact.amount <= 120")),
        (
            EVERYTHING,
            [seen(), seen("cancel", amount=None)],
            AgentScope((), "!impact.has_amount || impact.amount <= 120"),
        ),
        (
            AgentScope((), "!impact.has_amount || impact.amount <= 120"),
            [seen(), seen("cancel", amount=None)],
            None,
        ),
        (
            AgentScope.of(["cancel", "refund"], "impact.affected < 9"),
            [seen(), seen("cancel", amount=None)],
            AgentScope(
                ("cancel", "refund"), "(impact.affected < 9) && (!impact.has_amount || impact.amount <= 120)"
            ),
        ),
        (
            AgentScope((), "(impact.affected < 9) && (!impact.has_amount || impact.amount <= 120)"),
            [seen(), seen("cancel", amount=None)],
            None,
        ),
        (AgentScope.of(["refund"]), [seen(), seen()._replace(amount=None, hides_amount=True)], None),
        (EVERYTHING, [seen("cancel", 50), seen(amount=None)], AgentScope(("refund",))),
        (
            AgentScope.of(["refund"], "impact.amount <= 1200"),
            [seen()],
            AgentScope(("refund",), "(impact.amount <= 1200) && impact.amount <= 120"),
        ),
        (AgentScope.of(["refund"], "impact.affected < 9 && impact.amount <= 120"), [seen()], None),
    ],
)
def test_what_a_scope_is_narrowed_to(
    scope: AgentScope, past: list[Seen], narrower: AgentScope | None
) -> None:
    (use,) = used(scope, past=past)
    assert use.narrower == narrower


PAST = st.lists(
    st.builds(
        seen,
        action=st.sampled_from(["cancel", "refund"]),
        days=st.floats(0, 90),
        amount=st.none() | st.integers(-900, 900),
    ),
    max_size=12,
)
SCOPES = st.lists(
    st.builds(
        AgentScope.of,
        st.lists(st.sampled_from(["cancel", "refund", "else"]), max_size=2),
        st.sampled_from(
            ["", "impact.amount <= 100", "impact.amount > 500", "action.name == 'refund'", "args.x"]
        ),
    ),
    min_size=1,
    max_size=4,
)


@given(SCOPES, PAST)
def test_nothing_is_counted_twice_and_what_is_narrowed_lets_in_what_came_lately(
    scopes: list[AgentScope], past: list[Seen]
) -> None:
    found = used(*scopes, past=past)
    fits = [place_of(scopes, one.action, lambda one=one: one.declared) for one in past]
    assert [use.n for use in found] == [fits.count(use.place) for use in found]
    for use in found:
        narrower = use.narrower
        if narrower is None:
            continue
        for one, place in zip(past, fits, strict=True):
            is_lately = one.at >= NOW - UNUSED_AFTER
            if place == use.place and (is_lately or not narrower.actions):
                assert place_of([narrower], one.action, lambda one=one: one.declared) == 0
            if place_of([narrower], one.action, lambda one=one: one.declared) == 0:
                assert place_of([use.scope], one.action, lambda one=one: one.declared) == 0
