"""Who may see what leaves the house, and who may change where it goes. Rules in pairs, as ever."""

from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, allows
from apps.accounts.roles import Role
from apps.delivery.models import Delivery, DeliveryStatus


def check_read_deliveries(by: User) -> None:
    """Admins, governance and auditors see endpoints and messages."""
    if not rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE, Role.AUDITOR):
        raise NotAllowed(_("Deliveries are open to admins, governance and auditors."))


def check_edit_endpoints(by: User) -> None:
    """Only an admin registers, changes or stops a webhook, or sends a message again."""
    if not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only an admin may change webhooks or send messages again."))


def can_edit_endpoints(by: User) -> bool:
    """Whether `by` may change webhooks."""
    return allows(check_edit_endpoints, by)


def check_replay(row: Delivery, *, by: User) -> None:
    """An admin may send a message again that was sent or given up."""
    check_edit_endpoints(by)
    if row.status == DeliveryStatus.WAITING:
        raise NotAllowed(_("This message is waiting to be sent already."))


def can_replay(row: Delivery, *, by: User) -> bool:
    """Whether `by` may send this message again."""
    return allows(check_replay, row, by=by)
