"""The form made from a JSON Schema: untouched means unchanged, and nothing that does not fit gets through."""

import json
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from apps.desk.arguments import ArgumentsForm, list_arguments
from apps.registry.schemas import compile_schema

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Name"},
        "note": {"type": "string"},
        "count": {"type": "integer", "minimum": 0},
        "price": {"type": "number"},
        "express": {"type": "boolean"},
        "size": {"enum": ["S", "M", 3, None]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "address": {"$ref": "#/$defs/address"},
        "kind": {"const": "gift"},
    },
    "required": ["name", "count"],
    "$defs": {"address": {"type": "object", "properties": {"city": {"type": "string", "maxLength": 10}}}},
}
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=120)
ARGS = st.fixed_dictionaries(
    {"name": TEXT, "count": st.integers(0, 2**53 - 1)},
    optional={
        "note": TEXT,
        "price": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53) + 1, 2**53 - 1),
        "express": st.booleans(),
        "size": st.sampled_from(["S", "M", 3, None]),
        "tags": st.lists(TEXT, max_size=4),
        "address": st.fixed_dictionaries({"city": TEXT.filter(lambda text: len(text) <= 10)}),
        "kind": st.just("gift"),
        "something else": st.lists(st.integers(0, 9)) | TEXT,
    },
)


def _as_shown(form: ArgumentsForm) -> QueryDict:
    """What a browser posts when nobody touches the form: line ends become CRLF."""
    data = QueryDict(mutable=True)
    for field in form:
        data[field.html_name] = str(field.value()).replace("\r\n", "\n").replace("\n", "\r\n")
    return data


@given(ARGS)
def test_an_untouched_form_keeps_every_value_exactly(args: dict[str, Any]) -> None:
    assert compile_schema(SCHEMA).problems(args) == []
    form = ArgumentsForm(SCHEMA, args, _as_shown(ArgumentsForm(SCHEMA, args)))
    assert form.is_valid(), form.errors
    assert form.edited == args
    assert json.dumps(form.edited, sort_keys=True) == json.dumps(args, sort_keys=True)


@given(st.dictionaries(st.sampled_from([f"arg-{n}" for n in range(9)]), TEXT))
def test_whatever_is_typed_a_valid_form_fits_the_schema(typed: dict[str, str]) -> None:
    form = ArgumentsForm(SCHEMA, {"name": "x", "count": 1}, typed)
    if form.is_valid():
        assert compile_schema(SCHEMA).problems(form.edited) == []


BASE: dict[str, Any] = {"name": "Ada", "count": 2, "tags": ["a", "b"], "address": {"city": "Bonn"}}


def _edit(**typed: str) -> ArgumentsForm:
    shown = _as_shown(ArgumentsForm(SCHEMA, BASE))
    names = {argument.name: f"arg-{n}" for n, argument in enumerate(list_arguments(SCHEMA, BASE))}
    for name, text in typed.items():
        shown[names[name]] = text
    return ArgumentsForm(SCHEMA, BASE, shown)


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ({"name": "Bea"}, {"name": "Bea"}),
        ({"note": "two\r\nlines"}, {"note": "two\nlines"}),
        ({"count": " 12 "}, {"count": 12}),
        ({"price": "12.5"}, {"price": 12.5}),
        ({"express": "true"}, {"express": True}),
        ({"size": "null"}, {"size": None}),
        ({"size": "3"}, {"size": 3}),
        ({"tags": "a\r\n\r\nc"}, {"tags": ["a", "c"]}),
        ({"address": '{"city": "Ulm"}'}, {"address": {"city": "Ulm"}}),
    ],
)
def test_what_is_typed_becomes_a_value_of_its_kind(typed: dict[str, str], changed: dict[str, Any]) -> None:
    form = _edit(**typed)
    assert form.is_valid(), form.errors
    assert form.edited == BASE | changed


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"count": "many"}, "Write a number"),
        ({"count": "true"}, "Write a number"),
        ({"count": "-1"}, "less than the minimum"),
        ({"count": "1.5"}, "integer"),
        ({"count": "9" * 5000}, "Write a number"),
        ({"price": "1e999"}, "not a number"),
        ({"count": ""}, "required"),
        ({"size": "L"}, "valid JSON|not one of"),
        ({"address": "{"}, "not valid JSON"),
        ({"address": '{"city": "Castrop-Rauxel"}'}, "city: "),
        ({"name": "a\0b"}, "[Nn]ull"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field(typed: dict[str, str], words: str) -> None:
    form = _edit(**typed)
    assert not form.is_valid()
    (name,) = typed
    position = [argument.name for argument in list_arguments(SCHEMA, BASE)].index(name)
    assert str(position) in form.errors
    with pytest.raises(ValueError, match=words):
        raise ValueError(" ".join(form.errors[str(position)]))


def test_arguments_come_in_the_order_of_the_schema_and_unknown_ones_last() -> None:
    names = [argument.name for argument in list_arguments(SCHEMA, {"more": 1})]
    assert names == [*SCHEMA["properties"], "more"]


@pytest.mark.parametrize(
    ("pattern", "value", "typed", "told"),
    [
        (r"^\d+\.\d{2}$", "129.90", "129,90", "Write a number with a point, like 129.90."),
        (r"^#W\d+$", "#W1", "W1", "Write it like “#W1”."),
    ],
)
def test_what_does_not_fit_a_pattern_is_told_which_form_it_has(
    pattern: str, value: str, typed: str, told: str
) -> None:
    schema = {"type": "object", "properties": {"what": {"type": "string", "pattern": pattern}}}
    form = ArgumentsForm(schema, {"what": value}, {"arg-0": typed})
    assert not form.is_valid()
    assert told in form.errors["0"][0]
