"""What YAML text says, on which line; and that hostile or broken text is refused calmly."""

from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.configuration.problems import WrongConfiguration
from reviewhub.configuration.reading import MOST_BYTES, MOST_DEPTH, read


def test_words_stay_words():
    text = "{a: no, b: on, c: 10:30, d: 2026-01-02, e: 0x1f, f: 007x, g: 1e3, h: .inf, i: Yes}"
    assert all(isinstance(value, str) for value in read(text).content.values())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("1.50", 1.5),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("'12'", "12"),
        ('"true"', "true"),
        ("a: ", {"a": None}),
        ("- 1\n- [x, {y: z}]", [1, ["x", {"y": "z"}]]),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ("\ufeffa: 1", {"a": 1}),
    ],
)
def test_plain_values(text, value):
    assert read(text).content == value


def test_every_place_has_its_line():
    lines = read("people:\n  - short: a\n    roles: [admin]\n\n  - short: b\n").lines
    assert lines["people",] == 1
    assert lines["people", 0, "roles"] == 3
    assert lines["people", 0, "roles", 0] == 3
    assert lines["people", 1] == 5


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("a: 1\nb: 2\na: 3", "'a' is given twice", 3),
        ("x:\n  a: 1\n  a: 2", "'a' is given twice", 3),
        ("a: &x [1]\nb: *x", "Anchors", 1),
        ("a: *x", "aliases", 1),
        ("a: !!python/object/apply:os.system ['true']", "Tags", 1),
        ("a: !secret x", "Tags", 1),
        ("a: 1\n---\nb: 2", "second document", 2),
        ("a: [1", "This is not YAML", 2),
        ("a: 'x", "This is not YAML", 1),
        ("\ta: 1", "This is not YAML", 1),
        ("? [a]\n: b", "A name must be text", 1),
        ("? {a: b}\n: b", "A name must be text", 1),
        ('a: "x\\0y"', "NUL", 1),
        ('a: "\\ud800"', "", 1),
        ('ok: 1\n"k\\0": 1', "NUL", 2),
        ("a: " + "[" * 60 + "]" * 60, "nested", 1),
        ("a: " + "[" * 200_000, "", 1),
        ("{" * 200_000, "", 1),
        ("[" + "1," * 250_000 + "]", "more than", 1),
        ("a: 1\n" * (MOST_BYTES // 4), "larger than 5 MB", 0),
    ],
)
def test_bad_text_is_refused_with_its_line(text, says, line):
    with pytest.raises(WrongConfiguration) as refusal:
        read(text)
    (problem,) = refusal.value.problems
    assert says in problem.message
    assert problem.line == line


def test_an_alias_bomb_never_unfolds():
    bomb = "a: &a [x, x, x]\n" + "".join(
        f"{after}: &{after} [*{before}, *{before}]\n"
        for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(WrongConfiguration, match="Anchors"):
        read(bomb)


def test_what_is_not_utf8_is_refused_with_its_line():
    with pytest.raises(WrongConfiguration, match=r"UTF-8 text\. \(line 2\)"):
        read(b"a: 1\nb: \xff")


def test_nesting_up_to_the_limit_is_read():
    assert read("[" * MOST_DEPTH + "]" * MOST_DEPTH).content is not None


@given(st.text(max_size=200) | st.text("ab:-[]{}&*!|>'\"#%@?,\n \t0", max_size=60) | st.binary(max_size=80))
def test_no_text_breaks_the_reader(text):
    with suppress(WrongConfiguration):
        read(text)


# YAML takes these three for line ends and writes them as such.
_text = st.text(st.characters(exclude_characters="\x85\u2028\u2029", exclude_categories=["Cs"]), max_size=12)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=12,
)


@given(plain)
def test_what_was_written_is_read_again(value):
    text = yaml.safe_dump(value, allow_unicode=True)
    if "\\0" in text:
        with pytest.raises(WrongConfiguration, match="NUL"):
            read(text)
    else:
        assert read(text).content == value
