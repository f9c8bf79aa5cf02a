"""The one way to write a JSON value as bytes: RFC 8785. What is hashed is written so. Pure."""

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
