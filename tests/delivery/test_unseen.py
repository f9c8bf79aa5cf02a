"""What nobody sees is shown as what it is; honest writing keeps its joiners and marks."""
# ruff: noqa: RUF001  (the ambiguous letters are what this is about)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.delivery.unseen import pieces, readable, seen, smuggled, turns


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("a\u200bb", ["U+200B zero width space"]),
        ("a\u200b\u200b\u200bb", ["3 × U+200B zero width space"]),
        ("\u202eabc\u202c", ["U+202E right-to-left override", "U+202C pop directional formatting"]),
        ("soft\u00adhyphen", ["U+00AD soft hyphen"]),
        ("x\ufeff", ["U+FEFF zero width no-break space"]),
        ("bell\x07", ["U+0007 control"]),
        ("ab\u200dcd", ["U+200D zero width joiner"]),
    ],
)  # fmt: skip
def test_hidden_signs_are_named(text: str, signs: list[str]) -> None:
    assert [piece.sign for piece in pieces(text) if piece.sign] == signs


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "",
        "line\nline\ttab",
        "👩\u200d💻",
        "❤\ufe0f",
        "1\ufe0f",
        "می\u200cخواهم",
        "\ufeffstart",
        "אב\u200f",
    ],
)
def test_honest_writing_is_whole(text: str) -> None:
    assert [piece.sign for piece in pieces(text)] == [""]


def test_tag_characters_are_spelled_out() -> None:
    hidden = "".join(chr(0xE0000 + ord(sign)) for sign in "pay now")
    assert smuggled(hidden) == "pay now"
    assert [piece.sign for piece in pieces(f"hi{hidden}")] == ["", "hidden: pay now"]
    assert seen(f"hi{hidden}") == "hi"


def test_turning_signs_are_noticed() -> None:
    assert turns("a\u2066b")
    assert not turns("a\u200fb")


@pytest.mark.parametrize("text", ["", " \n", "\u200b", "\ufeff", "\u200f \u202e", "\u2800\u3164"])
def test_what_nobody_sees_says_nothing(text: str) -> None:
    assert readable(text) == ""
    assert readable(f"{text}on fire{text}") == "on fire"


@given(st.text(max_size=200))
def test_no_sign_is_lost(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text)) == text
