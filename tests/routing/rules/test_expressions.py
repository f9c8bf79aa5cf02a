"""Conditions: what is wrong with one is said with its place; asking one never raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.registry.conditions.expressions import LONGEST, BadExpression, split
from apps.routing.rules.expressions import RULES
from tests.routing.rules.values import plain_values

GIVEN = RULES.given(plain_values())


@pytest.mark.parametrize(
    ("written", "holds"),
    [
        ("impact.amount > 100", True),
        ("impact.amount > 129.9", False),
        ("100 < impact.amount && impact.amount <= 130", True),
        ("impact.amount == 200 || proposal.confidence >= 0.8", True),
        ("evidence.count > 0", True),
        ("action.name == 'cancel_order' && args.country in ['NL', 'BE']", True),
        ("has(args.nothing) && args.nothing == 1", False),
        ("action.effects.exists(one, one == 'moves_money')", True),
        ("calendar.weekday in ['saturday', 'sunday']", False),
        ("args.quantity > 2", True),
        ("run.tools.size() > 1", False),
        ("agent.prompt_version.startsWith('p')", True),
    ],
)
def test_a_condition_holds_or_does_not(written: str, holds: bool) -> None:
    answer = RULES.compiled(written).ask(GIVEN)
    assert (answer.holds, answer.failure) == (holds, "")


@pytest.mark.parametrize(
    ("written", "line", "column", "said"),
    [
        ("", 1, 1, "Write a condition"),
        (
            "impact.amont > 1",
            1,
            1,
            "There is no impact.amont. Meant is perhaps impact.amount, impact.has_amount",
        ),
        ("impact.ammount > 5", 1, 1, "Meant is perhaps impact.amount,"),
        ("'Sunday' == calendar.wekday", 1, 13, "Meant is perhaps calendar.weekday"),
        ("impact.amount > 500 && action.nam == 'x'", 1, 24, "Meant is perhaps action.name"),
        ("impact.amount > 500 &&\n  1 < impact.amont", 2, 7, "There is no impact.amont"),
        ("action.name = 'refund'", 1, 13, "write == where"),
        ("action.name === 'refund'", 1, 13, "Write == where"),
        ("impact.amount => 5", 1, 15, "Write >= instead of =>"),
        ("impact.amount <> 5", 1, 15, "Write != instead of <>"),
        ("impact.amount > 5 and impact.amount < 7", 1, 19, "Write && instead of and"),
        ("not impact.has_amount", 1, 1, "Write ! instead of not"),
        ("(impact.amount > 5", 1, 1, "This ( has no other half"),
        ("impact.amount > 5)", 1, 18, "This ) has no other half"),
        ("action.name in ['a'", 1, 16, "This [ has no other half"),
        ("action.name == “refund”", 1, 16, "straight quotes"),
        ("impact.has_amount & impact.has_amount", 1, 19, "Write && to join"),
        ("amount > 1", 1, 1, "Meant is perhaps impact.amount"),
        ("summary == 'x'", 1, 1, "There is no summary. Names begin with action, args"),
        ("impact.amount >", 1, 16, "Something is missing at the end"),
        ("true &&\n  impact.amount > 'much'", 2, 17, "> does not go between a number and a text"),
        ("impact.amount + 1", 1, 1, "not a yes or no"),
        ("'unfinished", 1, 1, "has no closing quote"),
        ("impact.amount > 1\x00", 1, 1, "zero byte"),
        ("x" * (LONGEST + 1), 1, 1, "at most"),
        ("[1].map(x, [x, x]).size() > 0", 1, 1, "ask with exists"),
        ("args.list . filter(x, true).size() > 0", 1, 1, "ask with exists"),
        ("'\ud800' == args.country", 1, 1, "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(written: str, line: int, column: int, said: str) -> None:
    with pytest.raises(BadExpression) as caught:
        RULES.compiled(written)
    assert said in caught.value.message
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    ("written", "failure"),
    [
        ("impact.amount > 5", "impact.amount is not stated."),
        ("args.nothing == 1", "There is no argument nothing"),
        ("args.country > 5", "values of different kinds"),
        ("args.country", "neither yes nor no"),
        ("{'a': 1}[args.country] == 1", "a value that is not there"),
        ("action.name.matches('(')", "A pattern in it cannot be read"),
        (
            "args.list.all(a, args.list.all(b, args.list.all(c, args.list.all(d, a + b + c + d >= 0))))",
            "too many",
        ),
    ],
)
def test_what_cannot_be_answered_is_no_yes_and_says_why(written: str, failure: str) -> None:
    values = plain_values()
    del values["impact.amount"]
    values["args"]["list"] = list(range(200))
    answer = RULES.compiled(written).ask(RULES.given(values))
    assert not answer.holds
    assert failure in answer.failure


def test_an_amount_nobody_stated_can_be_asked_for_first() -> None:
    values = plain_values() | {"impact.has_amount": False}
    del values["impact.amount"]
    answer = RULES.compiled("impact.has_amount && impact.amount > 5").ask(RULES.given(values))
    assert (answer.holds, answer.failure) == (False, "")


def test_no_value_of_a_proposal_stands_in_why_it_failed() -> None:
    values = plain_values()
    values["args"]["secret"] = "NL91ABNA0417164300"
    for written in ("{'a': 1}[args.secret] == 1", "'a'.matches('[' + args.secret)", "args.secret > 1"):
        answer = RULES.compiled(written).ask(RULES.given(values))
        assert answer.failure
        assert "NL91" not in answer.failure


def test_the_words_map_and_filter_may_be_written_in_texts_and_names() -> None:
    assert RULES.compiled("args.country == '.map(x' || has(args.map)").ask(GIVEN).failure == ""


@given(st.text(max_size=60))
def test_whatever_is_written_is_compiled_or_refused_with_a_place(written: str) -> None:
    error = _refusal(written)
    if error is None:
        RULES.compiled(written).ask(GIVEN)
    else:
        assert error.message
        assert error.line >= 1
        assert error.column >= 1


def _refusal(written: str) -> BadExpression | None:
    try:
        RULES.compiled(written)
    except BadExpression as error:
        return error
    return None


ATOMS = st.sampled_from(
    [
        "impact.amount > 100",
        "false",
        "args.country == 'N||L'",
        "'(' == ')'",
        "true",
        'args.country == "a && b"',
    ]
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.tuples(inner, st.sampled_from([" && ", " || "]), inner).map(
        lambda p: f"({p[0]}){p[1]}{p[2]}"
    ),
    max_leaves=6,
)


@given(CONDITIONS)
def test_the_parts_of_a_condition_together_say_what_it_says(written: str) -> None:
    whole, *parts = RULES.clauses(written, GIVEN)
    assert whole.answer == RULES.compiled(written).ask(GIVEN)
    direct = [one.answer.holds for one in parts if one.depth == 1]
    if direct:
        # The outermost joint is the one all its parts hang on: any for `||`, all for `&&`.
        assert whole.answer.holds in (any(direct), all(direct))
        assert whole.answer.holds == (any(direct) if _is_either(written) else all(direct))


def _is_either(written: str) -> bool:
    first, second, *_rest = split(written)
    return written.split(first, 1)[1].lstrip(" )").startswith("||") and bool(second)


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("a && b || c", ["a && b", "c"]),
        ("(a || b) && c", ["(a || b)", "c"]),
        ("((a && b))", ["a", "b"]),
        ("'a && b' == x && y", ["'a && b' == x", "y"]),
        ("[1, 2].exists(x, x > 1 && x < 3)", ["[1, 2].exists(x, x > 1 && x < 3)"]),
        ("a ? b && c : d", ["a ? b && c : d"]),
        ("a // b && c\n && d", ["a // b && c", "d"]),
    ],
)
def test_a_condition_is_taken_apart_where_it_is_joined(written: str, parts: list[str]) -> None:
    assert split(written) == parts
