"""Who may read the audit log: holders of an office that answers for the whole installation.

This app lies below `accounts`, so it asks the signed-in person for their offices instead of importing them.
"""

from typing import Any, Protocol

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

READERS = ("admin", "governance", "auditor")


class Reader(Protocol):
    """The signed-in person, as far as this app needs them."""

    @property
    def offices(self) -> Any: ...


def check_read_events(by: Reader) -> None:
    """Raises PermissionDenied unless `by` is an admin, in governance, or an auditor."""
    if not can_read_events(by):
        raise PermissionDenied(_("The audit log is open to admins, governance and auditors."))


def can_read_events(by: Reader) -> bool:
    """Whether `by` holds an office that reads the log."""
    return bool(by.offices.filter(role__in=READERS).exists())
