"""The digest of an action: SHA-256 of the RFC 8785 canonical JSON of `{name, args}`.

It is what a reviewer saw, what a grant allows and what is checked at execution. Pure.
"""

import hashlib
from typing import Any

from apps.audit.canonical import canonical


def action_sha256(name: str, args: Any) -> str:
    """64 hex digits for the action `name` with `args`. Raises NotCanonical."""
    return sha256(canonical({"name": name, "args": args}))


def sha256(content: bytes) -> str:
    """64 hex digits of these bytes."""
    return hashlib.sha256(content).hexdigest()
