"""The digest of an action: SHA-256 of the RFC 8785 canonical JSON of `{name, args}`.

It is what a reviewer saw, what a grant allows and what is checked at execution. Pure.
"""

import hashlib
from typing import Any

import rfc8785


class NotCanonical(ValueError):
    """The value has no RFC 8785 form: NaN, infinity, an integer beyond 2^53, or a lone surrogate."""


def canonical(value: Any) -> bytes:
    """The RFC 8785 bytes of a JSON value. Raises NotCanonical."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError) as error:
        raise NotCanonical(str(error)) from error


def action_sha256(name: str, args: Any) -> str:
    """64 hex digits for the action `name` with `args`."""
    return sha256(canonical({"name": name, "args": args}))


def sha256(content: bytes) -> str:
    """64 hex digits of these bytes."""
    return hashlib.sha256(content).hexdigest()
