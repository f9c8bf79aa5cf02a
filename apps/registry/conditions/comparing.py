"""Does a condition compare a name with a text it can never be, such as a weekday with a capital letter? Pure.

Reads the text of the condition: `name == "x"`, `"x" != name` and `name in ["x", "y"]`. What is compared otherwise is
not looked at: this warns of slips of the pen and proves nothing.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from django.utils.translation import gettext as _

_PARTS = re.compile(
    r"(?P<text>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')|(?P<note>//[^\n]*|\s+)|(?P<name>[A-Za-z_][\w.]*)"
    r"|(?P<sign>==|!=|[\[\],]|.)",
    re.DOTALL,
)
_MOST_SAID = 8


class Unmatched(NamedTuple):
    """A text that this name never is; `known` is what it may be, the nearest first."""

    name: str
    text: str
    known: tuple[str, ...]

    def __str__(self) -> str:
        if not self.known:
            return _("{name} is never “{text}”.").format(name=self.name, text=self.text)
        shown = ", ".join(self.known[:_MOST_SAID])
        if len(self.known) > _MOST_SAID:
            shown += " …"
        return _("{name} is never “{text}”. It is one of: {known}.").format(
            name=self.name, text=self.text, known=shown
        )


def unmatched(when: str, known: Mapping[str, Collection[str]]) -> list[Unmatched]:
    """The texts a condition compares with the names of `known` that are none of theirs, each once."""
    found = dict.fromkeys(
        (name, text) for name, text in _compared(when) if name in known and text not in known[name]
    )
    return [Unmatched(name, text, _nearest_first(text, known[name])) for name, text in found]


def _compared(when: str) -> Iterator[tuple[str, str]]:
    """(name, text) of each comparison."""
    parts = [(one.lastgroup, one[0]) for one in _PARTS.finditer(when) if one.lastgroup != "note"]
    for at, (kind, written) in enumerate(parts):
        if written in ("==", "!=") and kind == "sign" and 0 < at < len(parts) - 1:
            sides = {parts[at - 1][0]: parts[at - 1][1], parts[at + 1][0]: parts[at + 1][1]}
            if sides.keys() == {"name", "text"}:
                yield from _said(sides["name"], sides["text"])
        elif kind == "name" and written == "in" and at and parts[at - 1][0] == "name":
            yield from (one for text in _listed(parts[at + 1 :]) for one in _said(parts[at - 1][1], text))


def _listed(parts: list[tuple[str | None, str]]) -> Iterator[str]:
    """The texts of the list that begins here."""
    if not parts or parts[0][1] != "[":
        return
    for kind, written in parts[1:]:
        if kind == "sign" and written != ",":
            return
        if kind == "text":
            yield written


def _said(name: str, quoted: str) -> Iterator[tuple[str, str]]:
    try:
        yield name, str(ast.literal_eval(quoted))
    except (SyntaxError, ValueError):
        return


def _nearest_first(text: str, known: Collection[str]) -> tuple[str, ...]:
    near = get_close_matches(text.lower(), list(known), n=3, cutoff=0.5)
    return tuple(dict.fromkeys([*near, *known]))
