"""Tables whose rows may be added and read, nothing else; and tables whose rows may change but not disappear.

The triggers refuse UPDATE, DELETE and TRUNCATE for every database role that cannot disable triggers, in raw
SQL too. A superuser still can: that is what seals are for.
"""

import pgtrigger


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


def _no_truncate(name: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Truncate,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        func="RAISE EXCEPTION 'pgtrigger: Cannot truncate % table', TG_TABLE_NAME;",
    )
