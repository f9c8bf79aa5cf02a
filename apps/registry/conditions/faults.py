"""What is wrong with a condition that cannot be compiled, in words for whoever writes it, and where? Pure.

Takes the library's own sentence and the text as it was written. What is said comes from the text wherever that says
more: a single `=`, a bracket without its other half, a word of another language.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.registry.conditions.names import Name
from apps.registry.conditions.tokens import lone_bracket

ERROR = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']+)'")
_OVERLOAD = re.compile(r"no matching overload for '([^']+)' applied to '\(([^)]*)\)'")
_NOT_A_SIGN = "token recognition error at: '"
_PATH = re.compile(r"[A-Za-z_][\w.]*")
_KINDS = {
    "double": _lazy("a number"),
    "int": _lazy("a whole number"),
    "string": _lazy("a text"),
    "bool": _lazy("yes or no"),
}
# Words and signs of other languages, and what is written here instead.
_INSTEAD = {"and": "&&", "or": "||", "not": "!", "AND": "&&", "OR": "||", "NOT": "!", "<>": "!=", "=>": ">="}
# Curled and angled quotes, as word processors write them.
_CURLED = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
_MOST_NEAR = 8


class Fault(NamedTuple):
    """A sentence and its place in the text, counted from 0."""

    said: str
    at: int


def fault_of(text: str, error: str, *, at: int, names: Sequence[Name]) -> Fault:
    """What the library means with `error`, whose place in the text as it was written is `at`."""
    found = ERROR.search(error)
    said = found[3].replace(" (in container '')", "") if found else error[:200]
    undeclared, overload = _UNDECLARED.search(said), _OVERLOAD.search(said)
    if undeclared is not None:
        return Fault(_unknown(undeclared[1], names), _begin_of(text, undeclared[1], at))
    if overload is not None:
        operator = overload[1].strip("_").replace("_", " ").replace("@", "").strip()
        kinds = [str(_KINDS.get(one, one)) for one in overload[2].split(", ")]
        return Fault(
            _("{operator} does not go between {kinds}.").format(
                operator=operator, kinds=_(" and ").join(kinds)
            ),
            at,
        )
    return _unreadable(text, said, at) if "Syntax error" in said else Fault(said, at)


def _unreadable(text: str, said: str, at: int) -> Fault:
    """A text that is no condition at all: the first thing in it that explains why."""
    sign = text[at : at + 1]
    if _NOT_A_SIGN in said:
        return _no_sign(text, sign, at)
    for begin, sought in ((at - 1, text[max(at - 1, 0) : at + 1]), (at, _word_at(text, at))):
        if sought in _INSTEAD:
            return Fault(_not_here(sought), begin)
    before = re.search(r"(\w+)\s*$", text[:at])
    if before is not None and before[1] in _INSTEAD:
        return Fault(_not_here(before[1]), before.start(1))
    bracket = lone_bracket(text)
    if bracket is not None:
        return Fault(_("This {bracket} has no other half.").format(bracket=bracket[0]), bracket[1])
    if "<EOF>" in said and at >= len(text.rstrip()):
        return Fault(_("Something is missing at the end."), at)
    return Fault(_("This cannot be read from here on."), at)


def _no_sign(text: str, sign: str, at: int) -> Fault:
    """What begins at this place is no sign of the language."""
    if sign == "=":
        begin = at - len(text[:at]) + len(text[:at].rstrip("="))
        if text[at : at + 2] == "=>":
            return Fault(_not_here("=>"), at)
        return Fault(
            _("A single = says nothing: write == where two values are to be the same.")
            if begin == at
            else _("Write == where two values are to be the same."),
            begin,
        )
    if sign in ("'", '"'):
        return Fault(_("The text that begins here has no closing quote."), at)
    if sign and sign in _CURLED:
        return Fault(_('Write straight quotes around a text: "refund".'), at)
    if sign in ("&", "|"):
        return Fault(_("Write {sign} to join two conditions.").format(sign=sign * 2), at)
    return Fault(_("This cannot be read from here on."), at)


def _not_here(sought: str) -> str:
    return _("Write {instead} instead of {sought}.").format(instead=_INSTEAD[sought], sought=sought)


def _word_at(text: str, at: int) -> str:
    found = _PATH.match(text, at)
    return found[0] if found else ""


def _begin_of(text: str, name: str, at: int) -> int:
    """Where the name begins: the library points at one of its dots."""
    return next(
        (one.start() for one in re.finditer(re.escape(name), text) if one.start() <= at < one.end()), at
    )


def _unknown(name: str, names: Sequence[Name]) -> str:
    """With the nearest known names: the one that is written most alike first, then those that share its first part;
    without either, those that end alike.
    """
    known = [one.name for one in names]
    first = name.partition(".")[0]
    family = [one for one in known if one.partition(".")[0] == first]
    alike = get_close_matches(name, known, n=_MOST_NEAR, cutoff=0.75)
    near = list(dict.fromkeys([*alike, *family])) or [one for one in known if one.endswith(f".{name}")]
    if near:
        return _("There is no {name}. Meant is perhaps {near}.").format(
            name=name, near=", ".join(near[:_MOST_NEAR])
        )
    return _("There is no {name}. Names begin with {firsts}.").format(
        name=name, firsts=", ".join(dict.fromkeys(one.partition(".")[0] for one in known))
    )
