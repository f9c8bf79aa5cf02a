"""Time-ordered identifiers (UUIDv7, RFC 9562): they sort by creation and keep index inserts local."""

from uuid import UUID

from uuid_utils import uuid7 as _uuid7


def uuid7() -> UUID:
    """A new UUIDv7 as the standard library's UUID."""
    return UUID(int=_uuid7().int)
