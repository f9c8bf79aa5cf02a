"""Sensitive values are found wherever they are written, and nothing else is touched."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.proposals.differences import differences
from apps.proposals.masking import MASK, NOTHING, Hidden, mask_for, outward

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "iban": {"type": "string", "x-reviewhub-sensitive": True},
        "wage": {"type": "number", "x-reviewhub-sensitive": True},
        "sick": {"type": "boolean", "x-reviewhub-sensitive": True},
        "size": {"type": "string", "x-reviewhub-sensitive": True},
        "note": {"type": "string"},
    },
}
ARGS = {"iban": "DE89370400440532013000", "wage": 4100.5, "sick": True, "size": "M", "note": "for DE89 3704"}
MASKED = mask_for([(SCHEMA, ARGS)])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to DE89370400440532013000.", f"to {MASK}."),
        ("to de89 3704 0044 0532 0130 00", f"to {MASK}"),
        ("to DE89-3704-0044-0532-0130-00", f"to {MASK}"),
        ("DE89\u200b370400440532013000", MASK),
        ("earns 4,100.50 a month", f"earns {MASK} a month"),
        ("earns 4100.5", f"earns {MASK}"),
        ("size M, not Medium", f"size {MASK}, not Medium"),
        ("14100.51 others", "14100.51 others"),
        ("sick = True", f"sick = {MASK}"),
        ("It is True that nothing is hidden here", "It is True that nothing is hidden here"),
    ],
)
def test_a_value_is_found_as_people_and_machines_write_it(text: str, shown: str) -> None:
    assert MASKED.text(text) == shown


def test_json_and_links_do_not_smuggle_it() -> None:
    mask = mask_for([(SCHEMA, {"iban": 'jo@exämple.org "x"'})])
    for text in (
        json.dumps({"to": 'jo@exämple.org "x"'}),
        "https://x.example/?to=jo%40ex%C3%A4mple.org%20%22x%22",
    ):
        assert "mple.org" not in mask.text(text)


def test_arguments_keep_their_form_and_their_differences() -> None:
    shown = MASKED.args(SCHEMA, ARGS)
    assert {name: str(value) for name, value in shown.items()} == {
        "iban": MASK, "wage": MASK, "sick": MASK, "size": MASK, "note": "for DE89 3704",
    }  # fmt: skip
    other = MASKED.args(SCHEMA, {**ARGS, "iban": "SE35"})
    assert [row["path"] for row in differences(shown, other)] == ["iban"]
    assert differences(shown, MASKED.args(SCHEMA, dict(ARGS))) == []
    assert "DE89" not in repr(shown["iban"])


def test_hidden_values_differ_by_type_too() -> None:
    assert Hidden(1) != Hidden(True)
    assert Hidden(1) != 1
    assert Hidden("a") == Hidden("a")
    assert len({Hidden("a"), Hidden("a"), Hidden("b")}) == 2


def test_without_sensitive_values_nothing_is_changed() -> None:
    assert mask_for([({"type": "object"}, {"a": 1}), (SCHEMA, None)]) is NOTHING
    assert NOTHING.args(SCHEMA, ARGS) is ARGS
    assert NOTHING.text("DE89") == "DE89"


def test_what_goes_into_lists_holds_no_sensitive_value() -> None:
    face = outward(
        SCHEMA, ARGS, summary="Pay 4100.50 to DE89 3704 0044 0532 0130 00", subject_id="DE89370400440532013000",
        impact={"amount": "4100.50", "currency": "EUR"},
    )  # fmt: skip
    assert face.summary == f"Pay {MASK} to {MASK}"
    assert face.impact == {"currency": "EUR"}
    assert face.subject_id.startswith("hidden-")
    assert face.hidden == {
        "summary": "Pay 4100.50 to DE89 3704 0044 0532 0130 00",
        "subject_id": "DE89370400440532013000",
        "amount": "4100.50",
    }
    again = outward(SCHEMA, ARGS, summary="", subject_id="DE89370400440532013000", impact={})
    assert again.subject_id == face.subject_id, "cases about the same value are still found together"


@given(
    st.text(min_size=1, max_size=40).filter(lambda text: any(map(str.isalnum, text))), st.text(), st.text()
)
def test_no_value_survives_in_any_text(value: str, before: str, after: str) -> None:
    mask = mask_for([(SCHEMA, {"iban": value})])
    shown = mask.text(f"{before} {value} {after}")
    assert MASK in shown
    if len([sign for sign in value if sign.isalnum()]) >= 6:
        assert value.strip() not in shown.replace(MASK, "")
