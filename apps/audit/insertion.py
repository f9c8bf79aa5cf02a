"""Inserts new rows the cheapest way: a kept INSERT for a few, COPY for many; now, soon, or at the end of a verb."""

from collections.abc import Iterable, Sequence

from django.db import connection, models

from apps.audit.rows import MANY, copy, insertion, table_of, written
from apps.audit.turns import send, send_soon, this_turn


def insert(rows: Sequence[models.Model]) -> None:
    """Insert unsaved instances of one model; those with automatic keys have them afterwards."""
    if not rows:
        return
    turn = this_turn()
    if turn is not None:
        turn.send_changes()
    if len(rows) >= MANY:
        copy(rows)
    elif table_of(type(rows[0])).sequence is None:
        send([insertion(rows)])
    else:
        _insert_for_keys(rows)
    written(rows)


def insert_soon(rows: Sequence[models.Model]) -> None:
    """Insert a few unsaved instances of one model before the next question to the database; see `turns`.

    Automatic keys are not filled in.
    """
    send_soon(insertion(rows))
    written(rows)


def insert_at_end(rows: Iterable[models.Model]) -> None:
    """Insert unsaved instances of one model at the end of the surrounding `together`; without one, now.

    Nothing may read them from the database before. Automatic keys are not filled in.
    """
    rows = list(rows)
    turn = this_turn()
    if not rows:
        return
    if turn is None:
        insert(rows)
    else:
        turn.rows.setdefault(type(rows[0]), []).extend(rows)


def _insert_for_keys(rows: Sequence[models.Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(*insertion(rows, wants_keys=True))
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key
