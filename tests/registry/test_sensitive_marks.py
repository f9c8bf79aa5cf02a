"""Which arguments a schema hides, and which marks are refused because nobody would look for them."""

from typing import Any

import pytest

from apps.registry.marks import has_sensitive, mark_problems, mark_sensitive, sensitive
from apps.registry.schemas import UnusableSchema, compile_schema

SECRET = {"type": "string", "x-reviewhub-sensitive": True}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "order": {"type": "string"},
        "iban": SECRET,
        "payee": {"$ref": "#/$defs/person"},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"note": SECRET, "sku": {}}}},
        "wage": {"type": "object", "x-reviewhub-sensitive": True},
    },
    "$defs": {"person": {"type": "object", "properties": {"name": SECRET, "country": {}}}},
}
ARGS = {
    "order": "W1",
    "iban": "DE89",
    "payee": {"name": "Jo", "country": "SE"},
    "lines": [{"note": "n1", "sku": "s1"}, {"note": "n2", "sku": "s2"}],
    "wage": {"gross": 4100, "net": {"paid": 2700}},
}


def test_marks_are_followed_through_objects_lists_and_references() -> None:
    found = [(field.path, field.value) for field in sensitive(SCHEMA, ARGS)]
    assert found == [
        ("iban", "DE89"),
        ("payee.name", "Jo"),
        ("lines[].note", "n1"),
        ("lines[].note", "n2"),
        ("wage.gross", 4100),
        ("wage.net.paid", 2700),
    ]


def test_what_is_marked_is_replaced_whole_and_the_rest_keeps_its_form() -> None:
    marked = mark_sensitive(SCHEMA, ARGS, lambda value, is_sensitive: "?" if is_sensitive else value)
    assert marked == {
        "order": "W1",
        "iban": "?",
        "payee": {"name": "?", "country": "SE"},
        "lines": [{"note": "?", "sku": "s1"}, {"note": "?", "sku": "s2"}],
        "wage": "?",
    }


def test_a_schema_without_marks_hides_nothing() -> None:
    assert has_sensitive(SCHEMA)
    assert not has_sensitive({"type": "object", "properties": {"a": {"x-reviewhub-sensitive": False}}})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "oneOf": [{"properties": {"a": SECRET}}]},
        {"type": "object", "patternProperties": {"^a": SECRET}},
        {"type": "object", "properties": {"a": {"anyOf": [SECRET, {"type": "null"}]}}},
        {"type": "object", "then": {"properties": {"a": SECRET}}},
        {"type": "object", "properties": {"a": {"x-reviewhub-sensitive": "yes"}}},
        {"type": "object", "properties": {"a": {"x-reviewhub-before": True}}},
        {"type": "object", "properties": {"a": {"x-reviewhub-kind": "message"}}},
        {"type": "object", "x-reviewhub-kind": "../message"},
    ],
)
def test_a_mark_that_would_be_overlooked_is_refused(schema: dict[str, Any]) -> None:
    assert mark_problems(schema)
    with pytest.raises(UnusableSchema):
        compile_schema(schema)


def test_an_argument_may_be_called_like_a_keyword() -> None:
    schema = {"type": "object", "properties": {"oneOf": SECRET, "x-reviewhub-kind": {"type": "string"}}}
    assert mark_problems(schema) == []
    assert [field.path for field in sensitive(schema, {"oneOf": "s"})] == ["oneOf"]
