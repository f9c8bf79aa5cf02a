"""Moves the registry's revision with every write, whoever writes and however: a verb, a test, an operator in
psql.

The value is random, not counted: a rolled-back transaction can then never leave a number that comes again
with other content behind it.
"""

import pgtrigger

_MOVE = """
    INSERT INTO registry_revision (id, value) VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET value = EXCLUDED.value;
    RETURN NULL;
"""


def moves_revision(*only_fields: str) -> pgtrigger.Trigger:
    """For `class Meta: triggers`. With `only_fields`, updates of other columns leave the revision alone."""
    update = pgtrigger.UpdateOf(*only_fields) if only_fields else pgtrigger.Update
    return pgtrigger.Trigger(
        name="moves_revision",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert | update | pgtrigger.Delete | pgtrigger.Truncate,
        func=_MOVE,
    )
