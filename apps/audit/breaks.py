"""What is the first thing that is not as it was sealed? Compares a seal with the one before it and its events. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from apps.audit.chaining import head_of
from apps.audit.merkle import root


class Kind(StrEnum):
    """In what way something is broken."""

    CHANGED_ROW = "changed row"
    MISSING_ROW = "missing row"
    ADDED_ROW = "added row"
    EMPTIED_ROW = "emptied row"
    SEAL_CHANGED = "seal changed"
    SEAL_MISSING = "seal missing"
    SIGNATURE_WRONG = "signature wrong"
    TRUNCATED = "truncated"


@dataclass(frozen=True)
class Break:
    """`seal` is the number of the seal it was found at, `event` the id of the row, where it is a row."""

    kind: Kind
    seal: int
    event: UUID | None = None


@dataclass(frozen=True)
class Sealed:
    """A seal as it is stored. `ids` and `leaves` belong together."""

    number: int
    sealed_at: datetime
    first_id: UUID
    last_id: UUID
    count: int
    ids: list[UUID]
    leaves: list[bytes]
    root: bytes
    previous: bytes
    head: bytes
    key: bytes


def seal_break(seal: Sealed, *, number: int, previous: bytes) -> Break | None:
    """What is wrong with a seal that should have this number and this head before it. Not: who signed it."""
    if seal.number != number:
        return Break(Kind.SEAL_MISSING, number)
    is_whole = (
        len(seal.ids) == len(seal.leaves) == seal.count > 0
        and (seal.ids[0], seal.ids[-1], seal.previous) == (seal.first_id, seal.last_id, previous)
        and seal.root == root(seal.leaves)
        and seal.head
        == head_of(
            number=number,
            ids=seal.ids,
            root=seal.root,
            previous=previous,
            key=seal.key,
            sealed_at=seal.sealed_at,
        )
    )
    return None if is_whole else Break(Kind.SEAL_CHANGED, number)


def row_break(seal: Sealed, found: Sequence[tuple[UUID, bytes]]) -> Break | None:
    """The first event, by id, that is not as it was.

    `found` are (id, leaf) in order, of all events after the seal before up to the last id of this one. One more than it
    holds is enough.
    """
    for at, (ident, leaf) in enumerate(zip(seal.ids, seal.leaves, strict=True)):
        if at == len(found) or found[at][0] > ident:
            return Break(Kind.MISSING_ROW, seal.number, ident)
        if found[at][0] < ident:
            return Break(Kind.ADDED_ROW, seal.number, found[at][0])
        if found[at][1] != leaf:
            return Break(Kind.CHANGED_ROW, seal.number, ident)
    return Break(Kind.ADDED_ROW, seal.number, found[seal.count][0]) if len(found) > seal.count else None
