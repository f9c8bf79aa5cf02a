"""When does what a verb writes leave for the database? Together, so that the process seldom waits.

Every statement is a question the process waits for. Inside `together` a changed row waits until the next question,
which may be about it; new rows nobody reads before the verb ends (audit events, messages, its decision) wait until the
end. What waits leaves in one pipeline. All run in the caller's transaction, and constraints and triggers hold for all.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, models

from apps.audit.rows import MANY, Statement, copy, insertion, written


class Turn:
    """What waits inside one `together`; and answers that hold for one verb, by keys of who asked."""

    def __init__(self) -> None:
        self.changes: list[Statement] = []
        self.rows: dict[type[models.Model], list[models.Model]] = {}
        self.texts: dict[Callable[[Collection[str]], list[Statement]], set[str]] = {}
        self.answers: dict[str, Any] = {}

    def send_changes(self) -> None:
        """Send the changes that wait."""
        changes, self.changes = self.changes, []
        send(changes)

    def send_all(self) -> None:
        """Send what waits: changes first, since triggers of new rows read them."""
        few, self.changes = self.changes, []
        for rows in self.rows.values():
            if len(rows) < MANY:
                few.append(insertion(rows))
            else:
                send(few)
                few = []
                copy(rows)
        for statements, texts in self.texts.items():
            few += statements(texts)
        send(few)
        for rows in self.rows.values():
            written(rows)


_turn: ContextVar[Turn | None] = ContextVar("turn", default=None)


def this_turn() -> Turn | None:
    """The surrounding `together`, if there is one."""
    return _turn.get()


@contextmanager
def together() -> Iterator[None]:
    """Send what is changed, inserted and told inside at its end, at once; inside another one, at the end of that.

    Stands inside the transaction. Whoever catches an error inside it must let the transaction end: what waited is
    dropped with the outermost block only.
    """
    if _turn.get() is not None:
        yield
        return
    turn = Turn()
    token = _turn.set(turn)
    try:
        with connection.execute_wrapper(_changes_first):
            yield
    finally:
        _turn.reset(token)
    turn.send_all()


def send_soon(statement: Statement) -> None:
    """Run it before the next question to the database or at the end of the surrounding `together`; without it, now."""
    turn = _turn.get()
    if turn is None:
        send([statement])
    else:
        turn.changes.append(statement)


def send_at_end(texts: Iterable[str], statements: Callable[[Collection[str]], list[Statement]]) -> None:
    """Run what `statements` makes of all texts given for it, at the end of the surrounding `together`, or now."""
    turn = _turn.get()
    if turn is None:
        send(statements(set(texts)))
    else:
        turn.texts.setdefault(statements, set()).update(texts)


def send(statements: Collection[Statement]) -> None:
    """Run these now, without waiting between them. Raises Django's database errors."""
    if len(statements) < 2:
        for statement in statements:
            with connection.cursor() as cursor:
                cursor.execute(*statement)
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline(), connection.cursor() as cursor:
        for sql, values in statements:
            cursor.execute(sql, values)


def _changes_first(execute: Callable[..., Any], *question: Any) -> Any:
    """Around every question Django puts: it finds made what was changed before."""
    turn = _turn.get()
    if turn is not None and turn.changes:
        turn.send_changes()
    return execute(*question)
