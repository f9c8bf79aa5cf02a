"""Tables whose rows may be added and read, nothing else.

The triggers refuse UPDATE, DELETE and TRUNCATE for every database role that cannot disable triggers, in raw
SQL too. A superuser still can: that is what seals are for.
"""

import pgtrigger


def append_only() -> list[pgtrigger.Trigger]:
    """Triggers for `class Meta: triggers = append_only()`."""
    return [
        pgtrigger.Protect(name="append_only_rows", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name="append_only_table",
            operation=pgtrigger.Truncate,
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            func="RAISE EXCEPTION 'pgtrigger: Cannot truncate % table', TG_TABLE_NAME;",
        ),
    ]
