"""How rows of a model are written: statements that are built once and kept, and COPY.

Building an INSERT or UPDATE costs Django more than PostgreSQL needs to run it, and a verb writes the same few tables
again and again. When statements leave is not decided here: see `turns`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any

from django.db import connection, models
from psycopg.sql import SQL, Composable, Identifier
from psycopg.types.json import Jsonb

# From here on COPY is cheaper, although it takes one more turn of question and answer.
MANY = 20

Statement = tuple[str, Sequence[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """How to write a model: how to read a row's values, which of them are JSON, and its key's sequence if it has one.

    `fields` leave out a key the database gives; `every` has it.
    """

    name: Identifier
    key: Identifier
    fields: Composable
    every: Composable
    width: int
    values: Any
    every_value: Any
    json_at: tuple[int, ...]
    sequence: str | None


@dataclass(frozen=True, slots=True)
class _Change:
    """The UPDATE of some fields of a model, what reads their values and the key, and which of them are JSON."""

    sql: str
    values: Callable[[models.Model], tuple[Any, ...]]
    json_at: tuple[int, ...]


@lru_cache
def table_of(model: type[models.Model]) -> Table:
    """The table of a model."""
    key = model._meta.pk
    every = list(model._meta.concrete_fields)
    is_automatic = isinstance(key, models.AutoField)
    given = [field for field in every if not (is_automatic and field is key)]
    name = model._meta.db_table
    return Table(
        name=Identifier(name),
        key=Identifier(str(key.column)),
        fields=_columns(given),
        every=_columns(every),
        width=len(given),
        values=attrgetter(*(field.attname for field in given)),
        every_value=attrgetter(*(field.attname for field in every)),
        json_at=tuple(at for at, field in enumerate(given) if isinstance(field, models.JSONField)),
        sequence=f"{name}_{key.column}_seq" if is_automatic else None,
    )


def insertion(rows: Sequence[models.Model], *, wants_keys: bool = False) -> Statement:
    """One INSERT of some rows of one model; automatic keys are left to the database."""
    table = table_of(type(rows[0]))
    values = [value for row in rows for value in _adapted(table.values(row), table.json_at)]
    return _insert_sql(table, len(rows), wants_keys), values


def change(row: models.Model, fields: tuple[str, ...]) -> Statement:
    """The UPDATE of these fields of a row, found by its key."""
    kept = _change(type(row), fields)
    return kept.sql, _adapted(kept.values(row), kept.json_at)


def copy(rows: Sequence[models.Model]) -> None:
    """COPY rows of one model; those with automatic keys have them afterwards."""
    table = table_of(type(rows[0]))
    if table.sequence is not None:
        _give_keys(rows, table.sequence)
    shift = 0 if table.sequence is None else 1
    json_at = tuple(position + shift for position in table.json_at)
    sql = SQL("COPY {} ({}) FROM STDIN").format(table.name, table.every)
    # Django wraps the errors of statements, not those of COPY.
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(sql) as copied:
        for row in rows:
            copied.write_row(_adapted(table.every_value(row), json_at))


def written(rows: Sequence[models.Model]) -> None:
    """Tell Django that these are in the database."""
    for row in rows:
        row._state.adding = False


@lru_cache(maxsize=512)
def _insert_sql(table: Table, rows: int, wants_keys: bool) -> str:
    marks = SQL("({})").format(SQL(", ").join([SQL("%s")] * table.width))
    every_mark = SQL(", ").join([marks] * rows)
    sql = SQL("INSERT INTO {} ({}) VALUES {}").format(table.name, table.fields, every_mark)
    if wants_keys:
        sql += SQL(" RETURNING {}").format(table.key)
    return sql.as_string()


@lru_cache(maxsize=256)
def _change(model: type[models.Model], names: tuple[str, ...]) -> _Change:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    key: Any = model._meta.pk
    sets = SQL(", ").join([SQL("{} = %s").format(Identifier(field.column)) for field in fields])
    sql = SQL("UPDATE {} SET {} WHERE {} = %s").format(
        Identifier(model._meta.db_table), sets, Identifier(key.column)
    )
    return _Change(
        sql=sql.as_string(),
        values=attrgetter(*(field.attname for field in [*fields, key])),
        json_at=tuple(at for at, field in enumerate(fields) if isinstance(field, models.JSONField)),
    )


def _adapted(values: Sequence[Any], json_at: Sequence[int]) -> Sequence[Any]:
    if not json_at:
        return values
    changed = list(values)
    for position in json_at:
        if changed[position] is not None:
            changed[position] = Jsonb(changed[position])
    return changed


def _give_keys(rows: Sequence[models.Model], sequence: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, len(rows)])
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key


def _columns(fields: Sequence[Any]) -> Composable:
    return SQL(", ").join([Identifier(str(field.column)) for field in fields])
