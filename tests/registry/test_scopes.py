"""Which scope something fits, what is said when it fits none, and that no argument and no condition makes it crash."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from apps.registry.conditions.names import declared_values
from apps.registry.scopes import (
    EVERYTHING,
    LIMITS,
    MOST,
    AgentScope,
    check_scopes,
    digest,
    limits,
    outside,
    place_of,
    read,
    stored,
)

SMALL = AgentScope.of(["refund"], "args.country in ['NL'] && impact.amount <= 500")


def declared(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "action": "refund",
        "args": {"country": "NL"},
        "amount": Decimal(500),
        "currency": "EUR",
        "subject_kind": "order",
        "subject_id": "NL-1",
        "affected": 1,
        "systems": ["shop"],
    }
    return declared_values(**values | changes)


def fits(*scopes: AgentScope, action: str = "refund", **changes: Any) -> int | None:
    return place_of(scopes, action, lambda: declared(action=action, **changes))


@pytest.mark.parametrize(
    ("within", "changes", "holds"),
    [
        ("impact.amount <= 500", {}, True),
        ("impact.amount <= 500", {"amount": Decimal("500.01")}, False),
        ("impact.amount <= 500", {"amount": Decimal(-5000)}, False),
        ("impact.amount <= 500", {"amount": None}, False),
        ("args.country in ['NL']", {"args": {"country": "DE"}}, False),
        ("args.country in ['NL']", {"args": {"country": 5}}, False),
        ("args.country in ['NL']", {"args": {}}, False),
        ("subject.id.startsWith('NL-')", {}, True),
        ("subject.id.startsWith('NL-')", {"subject_id": ""}, False),
        ("args.urgent", {"args": {"urgent": True}}, True),
        ("args.urgent", {"args": {"urgent": False}}, False),
        ("args.urgent", {"args": {"urgent": "no"}}, False),
        ("args.urgent", {"args": {"urgent": [1]}}, False),
        ("'shop' in impact.systems", {}, True),
        ("this is no condition", {}, False),
    ],
)
def test_what_a_limit_holds_and_that_what_cannot_be_answered_is_outside(
    within: str, changes: dict[str, Any], holds: bool
) -> None:
    assert fits(AgentScope.of([], within), **changes) == (0 if holds else None)


def test_the_first_scope_that_fits_is_told_and_one_without_a_limit_asks_for_nothing() -> None:
    other = AgentScope.of(["refund"], "impact.amount <= 900")
    assert fits(SMALL, other) == 0
    assert fits(SMALL, other, amount=Decimal(700)) == 1
    assert fits(SMALL, other, amount=Decimal(1000)) is None
    assert fits(SMALL, action="cancel") is None

    def unasked() -> dict[str, Any]:
        raise AssertionError("nobody needs the values")

    assert place_of([AgentScope.of(["cancel"], "false"), EVERYTHING], "refund", unasked) == 1
    assert place_of([AgentScope.of(["refund"])], "cancel", unasked) is None


def test_the_limits_are_named_unless_there_is_none() -> None:
    assert limits([SMALL, AgentScope.of(["cancel"])], "refund") == [SMALL.within]
    assert limits([SMALL, EVERYTHING], "refund") == []
    assert limits([SMALL], "cancel") == []
    said = outside([SMALL, AgentScope.of([], "impact.affected < 2")], "refund")
    assert f"{SMALL.within} or impact.affected < 2" in said


def test_scopes_are_written_in_one_way() -> None:
    scope = AgentScope.of(["b", "a", "b"], "  true ")
    assert scope == AgentScope(("a", "b"), "true")
    assert read(stored([scope, EVERYTHING])) == (scope, EVERYTHING)
    assert digest([scope]) == digest(read(stored([scope]))) != digest([EVERYTHING])
    assert str(SMALL) == f"refund, within {SMALL.within}"
    assert str(EVERYTHING) == "every action type"


@pytest.mark.parametrize(
    "kept",
    [
        None,
        [],
        stored([EVERYTHING] * (MOST + 1)),
        stored([AgentScope.of([], "impact.amount")]),
        stored([AgentScope.of([], "summary == 'x'")]),
        stored([AgentScope.of([], "args.x ==")]),
    ],
)
def test_what_a_grant_cannot_keep(kept: Any) -> None:
    with pytest.raises(ValidationError):
        check_scopes(kept)


def test_nothing_at_all_is_never_everything() -> None:
    assert place_of((), "refund", declared) is None


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
ARGS = st.dictionaries(st.sampled_from(["x", "y", "country"]) | st.text(max_size=5), VALUES, max_size=5)
ATOMS = st.sampled_from(
    [
        "args.x == 1",
        "args.x < 5",
        "args.x <= 5.5",
        "args.x",
        "!args.y",
        "args['x'] == args.y",
        "has(args.x)",
        "has(args.x.y.z)",
        "args.x.y == 'z'",
        "args.x[0] == 1",
        "args.x in [1, 2]",
        "args.country in ['NL', 'DE']",
        "'a' in args.x",
        "args.x.exists(v, v == 1)",
        "args.x.all(v, args.x.all(w, args.x.all(u, v == u)))",
        "args.x.matches('(a+)+$')",
        "args.x.startsWith('NL-')",
        "size(args.x) > 2",
        "args.x + args.y == 3",
        "args.x * 9223372036854775807 > 1",
        "args.x / 0 == 1",
        "args.x % 0 == 1",
        "int(args.x) == 1",
        "double(args.x) > 1.0",
        "string(args.x) == '1'",
        "timestamp(args.x) > timestamp('2026-01-01T00:00:00Z')",
        "duration(args.x) > duration('1s')",
        "type(args.x) == int",
        "impact.amount <= 500",
        "impact.has_amount",
        "subject.id.startsWith('NL-')",
        "subject.id.matches(args.x)",
        "impact.systems.exists(s, s == args.x)",
    ]
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||", "=="]), inner).map(" ".join),
        inner.map("!({})".format),
        st.tuples(inner, inner, inner).map(lambda three: "({}) ? ({}) : ({})".format(*three)),
    ),
    max_leaves=4,
) | st.text(max_size=30)


@given(ARGS, CONDITIONS, st.none() | st.decimals(-(10**13), 10**13, places=2))
def test_no_argument_and_no_condition_makes_it_crash(
    args: dict[str, Any], within: str, amount: Decimal | None
) -> None:
    place = fits(AgentScope(("refund",), within), args=args, amount=amount)
    answer = LIMITS.asked(within, LIMITS.given(declared(args=args, amount=amount)))
    assert place == (0 if answer.holds or not within else None)
    assert not (answer.holds and answer.failure)
