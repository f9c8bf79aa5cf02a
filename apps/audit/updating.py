"""Updates rows the transaction has locked, with statements that are kept."""

from django.db import models

from apps.audit.rows import change
from apps.audit.turns import send_soon


def update(row: models.Model, *fields: str) -> None:
    """Store these fields of a saved, locked row as they are now.

    Inside `together` it leaves with the next question to the database or at the end, else at once.
    """
    send_soon(change(row, fields))
