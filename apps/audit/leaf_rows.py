"""Reads events as their leaves, in the order of their ids. All columns come as text, whatever somebody wrote there."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from apps.audit.accounting import key_of
from apps.audit.leaves import Columns, leaf

_TEXTS = {
    "id": "id",
    "salt": "salt",
    # Exact, without a time zone or a style of writing, and there for every moment PostgreSQL knows.
    "at": "extract(epoch FROM at)::text",
}
_COLUMNS = ", ".join(_TEXTS.get(name, f"{name}::text") for name in Columns._fields)
# Names of our own columns.
_SQL = f"SELECT {_COLUMNS} FROM audit_event WHERE id > %s AND id <= %s ORDER BY id LIMIT %s"  # noqa: S608
_FIRST = f"SELECT {_COLUMNS} FROM audit_event WHERE id <= %s ORDER BY id LIMIT %s"  # noqa: S608
_LOCKED = f"SELECT {_COLUMNS} FROM audit_event WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"  # noqa: S608


class LeafRow(NamedTuple):
    """An event as the seal knows it."""

    id: UUID
    leaf: bytes
    # Of an event of which something was erased: of what it is, see `accounting`; else "".
    erased_of: str


def read_columns(ids: Collection[UUID]) -> list[Columns]:
    """These events as they are hashed, locked until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCKED, [list(ids)])
        return [Columns(*values) for values in cursor.fetchall()]


def read_leaves(*, after: UUID | None, until: UUID, limit: int) -> list[LeafRow]:
    """The first `limit` events after one id (None: of all), up to and with another."""
    with connection.cursor() as cursor:
        if after is None:
            cursor.execute(_FIRST, [until, limit])
        else:
            cursor.execute(_SQL, [after, until, limit])
        found = [Columns(*values) for values in cursor.fetchall()]
    return [LeafRow(one.id, leaf(one), _erased_of(one)) for one in found]


def _erased_of(one: Columns) -> str:
    return "" if one.erased is None else key_of(one.proposal_id, one.subject_kind, one.subject_id)
