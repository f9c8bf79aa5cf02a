"""What do the ids of a proposal read like in a copy of it, and the texts that name them?

Every id becomes another of the same form, the same one wherever it stands, made with a secret key: who knows how it is
done can still not tell a copy by its ids, nor get from them to the original. What is an argument's value stays, because
the copy is about the same thing. Pure: takes the secret.
"""

import hmac
import json
import re
from collections.abc import Collection, Mapping
from hashlib import sha256
from string import digits
from typing import Any
from uuid import UUID

# How much of an id's end is another in a copy, and which characters take each other's place there.
_TAIL = 6
_KINDS = (digits, "abcdef", "ghijklmnopqrstuvwxyz", "ABCDEF", "GHIJKLMNOPQRSTUVWXYZ")
# Shorter ids are not looked for in texts: a run "7" must not change every 7.
_NAMED = 5
_TRIES = 8


def disguised(one: str, key: bytes, *, keep: Collection[str] = ()) -> str:
    """An id of the same form with another end: letters, digits and hex digits stay what they are, and so does whatever
    of it is one of `keep`.
    """
    kept = {place for value in keep if value for place in _places(one, value)}
    tail = [place for place in range(len(one)) if place not in kept][-_TAIL:]
    made = one
    for number in range(_TRIES):
        digest = hmac.digest(key, f"{number} {one}".encode(), sha256)
        letters = list(one)
        for place, byte in zip(tail, digest, strict=False):
            letters[place] = _like(one[place], byte)
        made = "".join(letters)
        if made != one:
            break
    return made


class Disguise:
    """The disguise of one copy: of ids, of texts that name them, and of the run.

    `ids` are all by which the original is known; `about` is what the copy shares with it: its arguments and subject.
    """

    def __init__(self, copy_id: UUID, ids: Collection[str], about: Any, *, secret: bytes) -> None:
        self._key = hmac.digest(secret, f"disguise {copy_id}".encode(), sha256)
        self._keep = set(_values(about))
        told = json.dumps(about, ensure_ascii=False)
        named = {one for one in ids if len(one) >= _NAMED and one not in told}
        longest_first = sorted(named, key=lambda one: (-len(one), one))
        self._named = (
            re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
            if longest_first
            else None
        )

    def id(self, one: str) -> str:
        """Another id of the same form."""
        return disguised(one, self._key, keep=self._keep)

    def text(self, text: str) -> str:
        """The text with every id of the original replaced."""
        return self._named.sub(lambda found: self.id(found[0]), text) if self._named else text

    def value(self, value: Any) -> Any:
        """The same for all texts of a JSON value; keys stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(one) for one in value]
        return {key: self.value(one) for key, one in value.items()} if isinstance(value, dict) else value

    def run(self, run: Mapping[str, Any]) -> dict[str, Any]:
        """The run under other ids; its trace leads nowhere that the original's leads."""
        made = {name: self.value(value) for name, value in run.items()}
        for name in ("id", "trace_id"):
            if made.get(name):
                made[name] = self.id(run[name])
        if made.get("trace_url") and made["trace_url"] == run["trace_url"]:
            made["trace_url"] = self.id(run["trace_url"])
        return made


def _like(letter: str, number: int) -> str:
    kind = next((kind for kind in _KINDS if letter in kind), letter)
    return kind[number % len(kind)]


def _places(one: str, value: str) -> Collection[int]:
    found = re.finditer(re.escape(value), one)
    return [place for match in found for place in range(*match.span())]


def _values(about: Any) -> list[str]:
    """The texts and numbers in a JSON value that are long enough to be known by."""
    if isinstance(about, dict):
        return [one for value in about.values() for one in _values(value)]
    if isinstance(about, list):
        return [one for value in about for one in _values(value)]
    is_named = isinstance(about, str | int | float) and not isinstance(about, bool) and len(str(about)) > 2
    return [str(about)] if is_named else []
