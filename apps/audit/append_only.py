"""Tables whose rows may be added and read, nothing else; and tables whose rows may change but not disappear.

The triggers refuse UPDATE, DELETE and TRUNCATE in raw SQL too. They are passed by who says so (`passing`, which
erasing does by name) and by whoever may disable them: the owner of the tables and superusers. What no program may pass
is a matter of rights; docs/deployment/roles.sql takes them from the application's role.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pgtrigger
from django.db import transaction


@contextmanager
def passing(*triggers: str) -> Iterator[None]:
    """Pass these triggers, as pgtrigger names them, and no others; inside of a transaction.

    The savepoint lets pgtrigger end its part after an error: without it, what went wrong would be hidden behind
    "current transaction is aborted".
    """
    with pgtrigger.ignore(*triggers), transaction.atomic():
        yield


def append_only() -> list[pgtrigger.Trigger]:
    """Triggers for `class Meta: triggers = append_only()`."""
    return [
        pgtrigger.Protect(name="append_only_rows", operation=pgtrigger.Update | pgtrigger.Delete),
        _no_truncate("append_only_table"),
    ]


def never_removed() -> list[pgtrigger.Trigger]:
    """Triggers for rows that may change under their own rules, but stay."""
    return [
        pgtrigger.Protect(name="never_removed_rows", operation=pgtrigger.Delete),
        _no_truncate("never_removed_table"),
    ]


def gone_with(table: str, column: str) -> list[pgtrigger.Trigger]:
    """Triggers for rows that never change and go only after the row they belong to: `table`'s, named by `column`."""
    return [
        pgtrigger.Protect(name="append_only_rows", operation=pgtrigger.Update),
        pgtrigger.Trigger(
            name="gone_with_its_owner",
            operation=pgtrigger.Delete,
            when=pgtrigger.Before,
            func=f"""
                IF EXISTS (SELECT FROM {table} WHERE id = OLD.{column}) THEN
                    RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;
                END IF;
                RETURN OLD;
            """,  # noqa: S608  (names from our own models)
        ),
        _no_truncate("append_only_table"),
    ]


def no_truncate() -> list[pgtrigger.Trigger]:
    """For rows with rules of their own about being removed."""
    return [_no_truncate("never_removed_table")]


def _no_truncate(name: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Truncate,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        func="RAISE EXCEPTION 'pgtrigger: Cannot truncate % table', TG_TABLE_NAME;",
    )
