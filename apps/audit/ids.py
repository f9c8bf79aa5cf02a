"""Time-ordered identifiers (UUIDv7, RFC 9562): they sort by creation and keep index inserts local."""

from datetime import datetime
from uuid import UUID

from uuid_utils import uuid7 as _uuid7


def uuid7() -> UUID:
    """A new UUIDv7 as the standard library's UUID."""
    return UUID(int=_uuid7().int)


def uuid7_at(moment: datetime) -> UUID:
    """The smallest UUIDv7 of this moment: those made later are greater. For years after 1970."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62)
