"""What of an event is sealed? A hash of all its columns, made so that personal parts can be erased later. Pure.

The name of who acted, the label of what they acted on, and the data go in as salted digests of their own:

    part = SHA-256(SHA-256(event's salt || name of the part) || value)
    leaf = SHA-256(0x00 || RFC 8785 of all other columns as text, and the parts as hex digits)

Erasing a part keeps its digest and forgets the salt of the event, so that nobody can try out values; each part that
stays keeps the salt of its own. The leaf is the same before and after. An event of which nothing was erased has a salt
and nothing in `erased`.

Leaves are kept for good, so a column that `Event` gets later goes into the leaf only of events where it is not NULL.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import NamedTuple
from uuid import UUID

from apps.audit.canonical import NotCanonical, canonical
from apps.audit.merkle import leaf_hash


class Columns(NamedTuple):
    """The columns of an event as text: `at` in seconds since 1970 UTC, `data` and `erased` as JSON."""

    id: UUID
    at: str
    verb: str
    actor_kind: str
    actor_id: str
    actor_name: str
    subject_kind: str
    subject_id: str
    subject_label: str
    workflow_id: str | None
    proposal_id: str | None
    data: str
    salt: UUID | None
    erased: str | None


# What is salted, and what stands there when it is erased. Who acted never is: ReviewHub has no way to, so that an event
# without that name is one that somebody changed.
ERASABLE = ("subject_label", "data")
EMPTY: Mapping[str, str] = {"actor_name": "", "subject_label": "", "data": "{}"}
PLAIN = tuple(name for name in Columns._fields if name not in (*EMPTY, "id", "salt", "erased"))

# For each part either {"digest": hex}, where it is erased, or {"salt": hex}, where it stays.
Erased = dict[str, dict[str, str]]
_NONE = b"\x00" * 32


def leaf(columns: Columns) -> bytes:
    """The hash of an event. Any text in its columns has one, also what nobody but a forger would write there."""
    sealed = {name: getattr(columns, name) for name in PLAIN}
    return leaf_hash(canonical({"id": str(columns.id), **sealed, **_parts(columns)}))


def erasure(columns: Columns, parts: Collection[str]) -> Erased:
    """What `erased` has to hold for the leaf to stay when these parts are emptied and the salt is forgotten.

    Parts that are erased already stay so. Raises KeyError for a part that cannot be.
    """
    if unknown := set(parts).difference(ERASABLE):
        raise KeyError(min(unknown))
    kept = _kept(columns)
    gone = {
        part: {"digest": _part(columns, part, kept[part]).hex()} for part in parts if "salt" in kept[part]
    }
    return kept | gone


def _parts(columns: Columns) -> dict[str, str]:
    """The digest of each part as hex digits; where there can be none, one that fits nothing."""
    try:
        kept = _kept(columns)
        return {part: _part(columns, part, kept[part]).hex() for part in EMPTY}
    except (ValueError, KeyError, TypeError, RecursionError):
        return dict.fromkeys(EMPTY, _NONE.hex())


def _kept(columns: Columns) -> Erased:
    """How each part is kept. Raises ValueError unless there is either a salt or what was erased."""
    if (columns.salt is None) == (columns.erased is None):
        raise ValueError("an event has a salt, or something of it is erased")
    if columns.salt is not None:
        return {part: {"salt": _salt_of(columns.salt, part).hex()} for part in EMPTY}
    kept: Erased = json.loads(columns.erased or "")
    return kept


def _part(columns: Columns, part: str, kept: dict[str, str]) -> bytes:
    text = getattr(columns, part)
    if "digest" not in kept:
        return _digest(bytes.fromhex(kept["salt"]), part, text)
    is_erased = text == EMPTY[part] and part in ERASABLE
    return bytes.fromhex(kept["digest"]) if is_erased else _NONE


def _salt_of(salt: UUID, part: str) -> bytes:
    return hashlib.sha256(salt.bytes + part.encode()).digest()


def _digest(salt: bytes, part: str, text: str) -> bytes:
    return hashlib.sha256(salt + (_written(text) if part == "data" else text.encode())).digest()


def _written(data: str) -> bytes:
    """The RFC 8785 bytes of JSON text. What has none (an integer beyond 2^53) stays as PostgreSQL writes it."""
    try:
        return canonical(json.loads(data))
    except (NotCanonical, ValueError, RecursionError):
        return data.encode()
