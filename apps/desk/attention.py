"""What a card's page tells about how it is read: how long it was looked at, and how much of the evidence was on screen.

`static/js/attention.js` measures it. What cannot be read counts as not told: it must never stop a decision.
"""

from collections.abc import Mapping

_FIELDS = ("active_ms", "opened")


def told(data: Mapping[str, str]) -> dict[str, int | None]:
    """{`active_ms`, `opened`} of what a page sent; None where it sent nothing, or nothing that is a number."""
    return {name: _number(data.get(name, "")) for name in _FIELDS}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
