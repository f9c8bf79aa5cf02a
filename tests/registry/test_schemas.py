"""Which arguments fit a schema, which schemas can be relied on, and that nothing at all makes them crash."""

import json
import math

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from apps.registry.schemas import (
    DIALECT,
    MOST_DEPTH,
    MOST_EXACT_INTEGER,
    MOST_PROBLEMS,
    UnusableSchema,
    compile_schema,
    dotted,
    schema_problems,
)

ORDER = {
    "type": "object",
    "properties": {
        "order_id": {"type": "string", "maxLength": 8},
        "on": {"type": "string", "format": "date"},
        "reason": {"enum": ["late", "broken"]},
        "items": {"type": "array", "items": {"$ref": "#/$defs/item"}},
    },
    "required": ["order_id"],
    "additionalProperties": False,
    "$defs": {"item": {"type": "object", "properties": {"count": {"type": "integer", "minimum": 1}}}},
}


def nested(depth):
    value = 1
    for _level in range(depth):
        value = {"a": value}
    return value


def places(args, schema=ORDER):
    return {dotted(problem.path) for problem in compile_schema(schema).problems(args)}


@pytest.mark.parametrize(
    ("args", "where"),
    [
        ({"order_id": "W1"}, set()),
        ({"order_id": "W1", "on": "2026-02-28", "reason": "late", "items": [{"count": 1}]}, set()),
        ({}, {"order_id"}),
        ({"order_id": 3}, {"order_id"}),
        ({"order_id": "W1", "on": "2026-02-30"}, {"on"}),
        ({"order_id": "W1", "items": [{"count": 1}, {"count": 0}]}, {"items[1].count"}),
        ({"order_id": "W1", "colour": "red", "size": 3}, {"colour", "size"}),
        ({"order_id": "x" * 9, "reason": "?"}, {"order_id", "reason"}),
        ([], {""}),
        (None, {""}),
        ({"order_id": "a\0b"}, {"order_id"}),
        ({"order_id": "\ud800"}, {"order_id"}),
        ({"order_id": "W1", "items": [{"count": MOST_EXACT_INTEGER + 1}]}, {"items[0].count"}),
        ({"order_id": "W1", "items": [{"count": math.nan}]}, {"items[0].count"}),
        ({"order_id": "W1", "items": [{"count": math.inf}]}, {"items[0].count"}),
        ({"order_id": "W1", "items": [{"count": True}]}, {"items[0].count"}),
    ],
)
def test_problems_are_found_where_they_are(args, where):
    assert places(args) == where


def test_every_problem_has_a_short_message():
    problems = compile_schema(ORDER).problems({"order_id": "x" * 20_000, "reason": "y" * 20_000})
    assert [len(problem.message) <= 300 for problem in problems] == [True, True]


def test_problems_are_told_up_to_a_limit():
    args = {"order_id": "W1", **{f"extra{n}": 1 for n in range(500)}}
    assert len(compile_schema(ORDER).problems(args)) == MOST_PROBLEMS


def test_nesting_and_number_of_values_are_limited():
    anything = compile_schema({"type": "object"})
    assert not anything.problems(nested(MOST_DEPTH))
    assert "nested" in anything.problems(nested(MOST_DEPTH + 1))[0].message
    assert "nested" in anything.problems(nested(5000))[0].message
    assert "more than" in anything.problems({"a": [0] * 30_000})[0].message


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ([], "<A schema is an object.>"),
        ({"type": "object", "$schema": 7}, f"<Only {DIALECT} is understood; leave it out or write that.>"),
        ({"type": "object", "properties": {"a": {"x-reviewhub-amount": 1}}}, "<This is true or false.>"),
    ],
)
def test_what_people_read_about_a_schema_is_in_their_language(schema, said, monkeypatch):
    for module in ("schemas", "marks"):
        monkeypatch.setattr(f"apps.registry.{module}._", lambda text: f"<{text}>")
    assert [problem.message for problem in schema_problems(schema)] == [said]


@pytest.mark.parametrize(
    ("schema", "where"),
    [
        ([], ""),
        (True, ""),
        ({}, "type"),
        ({"type": "array"}, "type"),
        ({"type": "object", "$schema": "http://json-schema.org/draft-07/schema#"}, "$schema"),
        ({"type": "object", "$schema": 7}, "$schema"),
        ({"type": "object", "properties": {"a": {"type": "strin"}}}, "properties.a.type"),
        ({"type": "object", "required": "a"}, "required"),
        ({"type": "object", "properties": {"a": {"pattern": "("}}}, "properties.a.pattern"),
        ({"type": "object", "properties": {"a": {"pattern": "(?=x)"}}}, "properties.a.pattern"),
        ({"type": "object", "properties": {"a": {"$ref": "https://example.org/schema"}}}, ""),
        ({"type": "object", "properties": {"a": {"$ref": "file:///etc/passwd"}}}, ""),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/none"}}}, ""),
        (
            {"type": "object", "properties": {"a": {"x-reviewhub-amount": "yes"}}},
            "properties.a.x-reviewhub-amount",
        ),
        ({"type": "object", "description": "a\0b"}, "description"),
        ({"type": "object", "description": "x" * 70_000}, ""),
        ({"type": "object", "properties": nested(100)}, "properties.a.a"),
    ],
)
def test_unusable_schemas_are_refused_with_the_place(schema, where):
    problems = schema_problems(schema)
    assert [dotted(problem.path) for problem in problems] == [where]
    if isinstance(schema, dict):
        with pytest.raises(UnusableSchema):
            compile_schema(schema)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({}, "This does not have the expected form."),
        ({"examples": ["W#1"]}, "This does not have the expected form (example W#1)."),
        ({"description": "W# and a number"}, "This does not have the expected form: W# and a number"),
    ],
)
def test_a_pattern_is_told_in_words(more, sentence):
    inner = {"type": "string", "pattern": r"^W#\d+$", **more}
    schema = compile_schema({"type": "object", "properties": {"order": {"type": "array", "items": inner}}})
    assert schema.problems({"order": ["x"]}) == [(("order", 0), sentence)]
    referred = {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": inner}}
    (problem,) = compile_schema(referred).problems({"a": "x"})
    assert "expected form" in problem.message
    assert "^" not in problem.message


def test_a_slow_pattern_takes_linear_time():
    schema = compile_schema({"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}})
    assert schema.problems({"a": "a" * 20_000 + "!"})


def test_a_schema_that_refers_to_itself_works():
    tree = {"type": "object", "properties": {"child": {"$ref": "#"}, "n": {"type": "integer"}}}
    assert places({"child": {"child": {"n": "x"}}}, tree) == {"child.child.n"}


def test_the_same_schema_is_compiled_once():
    assert compile_schema(dict(ORDER)) is compile_schema(dict(ORDER))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_whatever_comes_is_either_refused_or_can_be_stored_and_digested(args):
    if not compile_schema({"type": "object"}).problems(args):
        assert isinstance(args, dict)
        rfc8785.dumps(args)
        assert "\\u0000" not in json.dumps(args)


@given(json_values)
def test_whatever_is_given_as_schema_is_judged(schema):
    if not schema_problems(schema):
        compile_schema(schema).problems({"a": 1})
