"""What does a seal say, in one hash? Which events it holds, and through the seal before it all others before. Pure."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from apps.audit.canonical import canonical

# What the first seal has before it.
NOTHING = bytes(32)


def head_of(
    *, number: int, ids: Sequence[UUID], root: bytes, previous: bytes, key: bytes, sealed_at: datetime
) -> bytes:
    """SHA-256(0x02 || RFC 8785 of everything the seal says); `previous` is the head of the seal before it.

    The 2 keeps heads apart from leaves (0) and nodes (1). `ids` are the events in their order, at least one.
    """
    said = {
        "number": number,
        "count": len(ids),
        "first": str(ids[0]),
        "last": str(ids[-1]),
        "ids": hashlib.sha256(packed(ids)).hexdigest(),
        "root": root.hex(),
        "previous": previous.hex(),
        "key": key.hex(),
        "sealed_at": sealed_at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    return hashlib.sha256(b"\x02" + canonical(said)).digest()


def packed(ids: Sequence[UUID]) -> bytes:
    """Ids one after the other, 16 bytes each."""
    return b"".join(one.bytes for one in ids)


def unpacked(content: bytes, size: int) -> list[bytes]:
    """Pieces of this many bytes; the last one is shorter where it does not come out even."""
    return [content[at : at + size] for at in range(0, len(content), size)]
