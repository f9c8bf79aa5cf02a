"""Reads rows, with those they point to, by statements that are built once.

Django builds the SELECT of a queryset anew each time it is asked, which costs more than PostgreSQL needs to answer.
A verb that runs with every decision reads by a `Reading`: columns and joins are kept, and what stands behind them
(WHERE, ORDER BY, FOR UPDATE) is written out where it is asked. Tables go by their own names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection, models
from psycopg.sql import SQL, Composable, Identifier

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class _Part:
    """The columns of one table among all that are read; `name` is how the row of the part `holder` points to it."""

    model: type[models.Model]
    fields: list[str]
    span: slice
    holder: int
    name: str


class Reading(Generic[Row]):
    """Rows of `model` with `joined`: paths as `select_related` takes them, of foreign keys that are never null and of
    one-to-one rows that are always there.
    """

    def __init__(self, model: type[Row], *joined: str) -> None:
        self._model = model
        self._joined = joined

    def all(self, rest: str, values: Sequence[Any]) -> list[Row]:
        """The rows that `SELECT … FROM … {rest}` finds, with `values` for its %s."""
        kept = self._kept
        with connection.cursor() as cursor:
            cursor.execute(f"{kept.sql} {rest}", values)
            return [kept.row(found) for found in cursor.fetchall()]

    def first(self, rest: str, values: Sequence[Any]) -> Row | None:
        """The first of these rows, if there is one."""
        found = self.all(rest, values)
        return found[0] if found else None

    @cached_property
    def _kept(self) -> "_Kept":
        # Not before the first question: the models have to be loaded.
        return _Kept(self._model, self._joined)


class _Kept:
    """The SELECT, and how an answer becomes instances."""

    def __init__(self, model: type[models.Model], joined: Sequence[str]) -> None:
        self._parts: list[_Part] = []
        self._columns: list[models.Field[Any, Any]] = []
        self._at = {"": self._add(model, 0, "")}
        tables: Composable = Identifier(model._meta.db_table)
        for path in joined:
            steps = path.split("__")
            for depth, name in enumerate(steps):
                here = "__".join(steps[: depth + 1])
                if here not in self._at:
                    holder = self._at["__".join(steps[:depth])]
                    link: Any = self._parts[holder].model._meta.get_field(name)
                    key = link.field if link.auto_created else link
                    self._at[here] = self._add(link.related_model, holder, name)
                    tables = SQL("{} JOIN {} ON {} = {}").format(
                        tables,
                        Identifier(link.related_model._meta.db_table),
                        Identifier(key.model._meta.db_table, key.column),
                        Identifier(key.related_model._meta.db_table, key.target_field.column),
                    )
        columns = SQL(", ").join(
            [Identifier(one.model._meta.db_table, str(one.column)) for one in self._columns]
        )
        self.sql = SQL("SELECT {} FROM {}").format(columns, tables).as_string()
        self._converters = [
            (at, field.from_db_value)
            for at, field in enumerate(self._columns)
            if hasattr(field, "from_db_value")
        ]

    def row(self, found: Sequence[Any]) -> Any:
        """The instance, with its neighbours."""
        values = list(found)
        for at, convert in self._converters:
            values[at] = convert(values[at], None, connection)
        made: list[models.Model] = []
        for part in self._parts:
            one = part.model.from_db(connection.alias, part.fields, values[part.span])
            if part.name:
                setattr(made[part.holder], part.name, one)
            made.append(one)
        return made[0]

    def _add(self, model: type[models.Model], holder: int, name: str) -> int:
        fields = list(model._meta.concrete_fields)
        span = slice(len(self._columns), len(self._columns) + len(fields))
        self._columns += fields
        self._parts.append(_Part(model, [field.attname for field in fields], span, holder, name))
        return len(self._parts) - 1
