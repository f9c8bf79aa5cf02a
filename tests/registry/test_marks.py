"""Categories, amounts and titles of arguments."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from apps.registry.marks import amounts, categories, fields

SCHEMA = {
    "type": "object",
    "properties": {
        "order_id": {"type": "string", "title": "Order"},
        "reason": {"type": "string", "enum": ["late", "broken"]},
        "notify": {"type": "boolean"},
        "express": {"type": "boolean", "x-reviewhub-category": False},
        "carrier": {"type": "string", "x-reviewhub-category": True},
        "refund": {"type": "string", "x-reviewhub-amount": True},
        "lines": {
            "type": "array",
            "title": "Lines",
            "items": {"$ref": "#/$defs/line"},
        },
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}},
    },
    "$defs": {
        "line": {
            "type": "object",
            "properties": {
                "kind": {"enum": ["new", "used"]},
                "price": {"type": "number", "x-reviewhub-amount": True, "title": "Price"},
            },
        }
    },
}
ARGS = {
    "lines": [{"kind": "new", "price": 10.5}, {"kind": "used", "price": 3}, {"kind": "new"}],
    "refund": "129.90",
    "order_id": "#W1",
    "reason": "late",
    "notify": True,
    "express": True,
    "carrier": "dhl",
    "tags": ["a", "b", "a"],
    "unknown": {"x": 1},
}


def test_categories_are_enums_booleans_and_what_is_marked():
    assert categories(SCHEMA, ARGS) == [
        ("reason", "late"),
        ("notify", True),
        ("carrier", "dhl"),
        ("lines[].kind", "new"),
        ("lines[].kind", "used"),
        ("tags[]", "a"),
        ("tags[]", "b"),
    ]


def test_amounts_are_what_is_marked_and_reads_as_a_number():
    assert amounts(SCHEMA, ARGS) == [
        ("refund", Decimal("129.90")),
        ("lines[].price", Decimal("10.5")),
        ("lines[].price", Decimal(3)),
    ]
    assert amounts(SCHEMA, {"refund": "a lot"}) == amounts(SCHEMA, {"refund": "NaN"}) == []


def test_fields_come_in_the_schemas_order_with_their_titles():
    assert [field.path for field in fields(SCHEMA, ARGS)][:3] == ["order_id", "reason", "notify"]
    titles = {field.path: field.title for field in fields(SCHEMA, ARGS)}
    assert (titles["order_id"], titles["lines[].price"], titles["notify"], titles["unknown.x"]) == (
        "Order",
        "Price",
        "notify",
        "x",
    )


def test_references_that_turn_in_circles_end():
    schema = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/x"}},
        "$defs": {"x": {"$ref": "#/$defs/x"}},
    }
    assert [field.path for field in fields(schema, {"a": 1})] == ["a"]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["properties", "items", "prefixItems", "$ref", "enum", "a"]), inner)
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(["properties", "items", "$ref", "$defs"]), anything), anything)
def test_odd_schemas_break_nothing(schema, args):
    categories(schema, {"a": args})
    amounts(schema, {"a": args})
