"""Inserts many new rows of one table the cheapest way: one INSERT for a few, COPY for many.

Building an INSERT costs Django more than PostgreSQL needs to run it; COPY hands the values over as they are. Both run
in the caller's transaction, and constraints and triggers hold for both.
"""

from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import connection, models
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb

# From here on COPY is cheaper, although it takes one more turn of question and answer.
MANY = 20


class _Table(NamedTuple):
    """How to COPY a model: the statement, how to read a row's values, which of them are JSON, its sequence."""

    copy: Any
    values: Any
    json_at: tuple[int, ...]
    sequence: str | None


def insert(rows: Sequence[models.Model]) -> None:
    """Insert unsaved instances of one model; those with automatic keys have them afterwards."""
    if not rows:
        return
    model = type(rows[0])
    if len(rows) < MANY:
        model._default_manager.bulk_create(rows)
        return
    table = _table(model)
    if table.sequence is not None:
        _give_keys(rows, table.sequence)
    with connection.cursor() as cursor, cursor.copy(table.copy) as copy:
        for row in rows:
            copy.write_row(_copied(table, row))
    for row in rows:
        row._state.adding = False


def _copied(table: _Table, row: models.Model) -> Sequence[Any]:
    values = table.values(row)
    if not table.json_at:
        return values
    changed = list(values)
    for position in table.json_at:
        if changed[position] is not None:
            changed[position] = Jsonb(changed[position])
    return changed


def _give_keys(rows: Sequence[models.Model], sequence: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, len(rows)])
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key


@lru_cache
def _table(model: type[models.Model]) -> _Table:
    fields = model._meta.concrete_fields
    table, key = model._meta.db_table, model._meta.pk
    columns = SQL(", ").join([Identifier(str(field.column)) for field in fields])
    return _Table(
        copy=SQL("COPY {} ({}) FROM STDIN").format(Identifier(table), columns),
        values=attrgetter(*(field.attname for field in fields)),
        json_at=tuple(at for at, field in enumerate(fields) if isinstance(field, models.JSONField)),
        sequence=f"{table}_{key.column}_seq" if isinstance(key, models.AutoField) else None,
    )
