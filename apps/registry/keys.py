"""How an agent's key looks, and how it is recognised: `rh_<prefix>_<secret>`.

The prefix finds the row; the secret is 256 random bits, of which only the SHA-256 is kept (a slow hash
protects guessable passwords, not random ones). Pure: knows no table.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from hmac import compare_digest

_TOKEN = re.compile(r"rh_([a-z0-9]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
_PREFIX_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. `token` is shown once and never kept."""

    prefix: str
    secret_sha256: str
    token: str


def new_key() -> NewKey:
    """Draw a key from the system's random source."""
    prefix = "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(12))
    secret = secrets.token_urlsafe(32)
    return NewKey(prefix, digest(secret), f"rh_{prefix}_{secret}")


def split_token(token: str) -> tuple[str, str] | None:
    """(prefix, secret) of a well-formed token, else None."""
    match = _TOKEN.fullmatch(token)
    return (match[1], match[2]) if match else None


def digest(secret: str) -> str:
    """What is kept of a secret: its SHA-256, as 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_secret_of(secret: str, kept_sha256: str) -> bool:
    """Whether `secret` is the one behind the kept digest; takes the same time wherever they differ."""
    return compare_digest(digest(secret), kept_sha256)
