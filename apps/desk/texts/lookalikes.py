"""Which letters look like Latin ones and are not, and which words mix them?

Knows the pairs that are used to deceive, not all of Unicode's. Says nothing about words of one script.
"""
# ruff: noqa: RUF001  (the ambiguous letters are what this is about)

import re
import unicodedata

_PAIRS = {
    "а": "a", "в": "b", "с": "c", "ԁ": "d", "е": "e", "ҽ": "e", "ғ": "f", "һ": "h", "і": "i", "ї": "i", "ј": "j",
    "к": "k", "ӏ": "l", "м": "m", "н": "h", "о": "o", "р": "p", "ԛ": "q", "г": "r", "ѕ": "s", "т": "t", "у": "y",
    "ѵ": "v", "ԝ": "w", "х": "x", "ү": "y", "α": "a", "β": "b", "ε": "e", "η": "n", "ι": "i", "κ": "k", "ν": "v",
    "ο": "o", "ρ": "p", "τ": "t", "υ": "u", "χ": "x", "γ": "y", "ω": "w", "ո": "n", "ս": "u", "օ": "o", "հ": "h",
    "ց": "g", "զ": "q", "ı": "i", "ɡ": "g", "ɑ": "a", "ǀ": "l", "ꞌ": "'",
}  # fmt: skip
_FOLD = str.maketrans(_PAIRS)
_WORD = re.compile(r"[^\W\d_]{4,}")
_FOREIGN = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
# Scripts people do mix with Latin in one name.
_MIXED_ANYWAY = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})


def folded(text: str) -> str:
    """The text in small letters, compatibility forms and lookalikes as the Latin letters they look like."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).lower().translate(_FOLD)


def scripts(text: str) -> set[str]:
    """The scripts its letters belong to, by their names in Unicode: `LATIN`, `CYRILLIC`."""
    return {unicodedata.name(letter, "UNKNOWN").split()[0] for letter in text if letter.isalpha()}


def mixed_words(text: str) -> list[str]:
    """Words in which Latin letters stand beside lookalikes of another script."""
    if text.isascii():
        return []
    return [
        word
        for word in dict.fromkeys(_WORD.findall(text))
        if not word.isascii() and "LATIN" in (found := scripts(word)) and found & set(_FOREIGN)
    ]


def poses(label: str) -> bool:
    """Whether a part of a host's name could be taken for another one: scripts mixed, or all of it lookalikes."""
    if label.isascii():
        return False
    found = scripts(label)
    if len(found - _MIXED_ANYWAY) > 1:
        return True
    return found <= set(_FOREIGN) and folded(label).isascii()
