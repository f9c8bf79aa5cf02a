"""Where does the next page of a list begin? After the moment and the id of the last row, written as one key.

Whatever stands in an address that is no key is the beginning of the list. Pure.
"""

from datetime import UTC, datetime
from uuid import UUID


def written_key(at: datetime, ident: UUID | int) -> str:
    """The key of a row."""
    return f"{at.isoformat()}~{ident}"


def moment_and_uuid(key: str) -> tuple[datetime, UUID] | None:
    """What the key of a row with a UUID says."""
    moment, _tilde, ident = key.partition("~")
    try:
        return _moment(moment), UUID(ident)
    except (ValueError, OverflowError):
        return None


def moment_and_number(key: str) -> tuple[datetime, int] | None:
    """What the key of a row with a number says."""
    moment, _tilde, number = key.partition("~")
    # Within what the database counts to.
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    try:
        return _moment(moment), int(number)
    except (ValueError, OverflowError):
        return None


def _moment(text: str) -> datetime:
    """PostgreSQL refuses offsets from 16 hours on: a moment is the same in UTC."""
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
