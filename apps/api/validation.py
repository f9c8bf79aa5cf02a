"""How is it told what is wrong with a request? `loc` leads to the place in it, `msg` says what.

Pydantic's own locations also name branches of its model (`AgentVersionIn`, `constrained-str`), which are
nowhere in the request: they are left out. Locations in the body start at the body; others with `query`,
`header` or `path`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

_MOST = 1_000
# How pydantic names the branches of a union: classes and constraints, unlike any field of ours.
_BRANCH = re.compile(r"[A-Z]\w*|[a-z]+-[-a-z]+(\[.*\])?|(literal|nullable|enum|str|int|dict|list)(\[.*\])?")


def told(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """[{loc, msg}] of the first of pydantic's errors, each once: more than these nobody reads."""
    found: dict[tuple[Any, ...], str] = {}
    for error in islice(errors, _MOST):
        place, sentence = _place(error), _sentence(error)
        found[*place, sentence] = sentence
    return [{"loc": list(key[:-1]), "msg": sentence} for key, sentence in found.items()]


def request_errors(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same for ninja's errors, whose locations begin with the part of the request."""
    return told({**error, "loc": _within_request(tuple(error["loc"]))} for error in errors)


def summed_up(errors: Sequence[Mapping[str, Any]]) -> str:
    """One sentence for all of them."""
    if len(errors) == 1:
        return _("One thing is wrong; see errors.")
    return _("{count} things are wrong; see errors.").format(count=len(errors))


def _within_request(loc: tuple[Any, ...]) -> tuple[Any, ...]:
    return loc[2:] if loc and loc[0] == "body" else loc


def _place(error: Mapping[str, Any]) -> list[Any]:
    loc = list(error["loc"])
    # A field nobody knows has the sender's name for it, whatever that looks like.
    is_unknown = error.get("type") == "extra_forbidden"
    named, last = (loc[:-1], loc[-1:]) if is_unknown else (loc, [])
    return [step for step in named if isinstance(step, int) or not _BRANCH.fullmatch(step)] + last


def _sentence(error: Mapping[str, Any]) -> str:
    if error.get("type") == "model_type":
        return _("This is an object.")
    if error.get("type") == "string_unicode":
        return _("This contains half of a surrogate pair; send valid Unicode.")
    return str(error["msg"]).removeprefix("Value error, ")
