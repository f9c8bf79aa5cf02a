"""Who may see what leaves the house, and who may change where it goes. Rules in pairs, as ever."""

from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, allows, reads_everything
from apps.accounts.roles import Role
from apps.delivery.models import ChatChannel, Delivery, DeliveryStatus, WebhookEndpoint


def check_read_deliveries(by: User) -> None:
    """Admins, governance and auditors see endpoints and messages."""
    if not reads_everything(by):
        raise NotAllowed(_("Deliveries are open to admins, governance and auditors."))


def check_edit_endpoints(by: User | None) -> None:
    """Only an admin registers, changes or stops a webhook or chat channel, or sends a message again; and ReviewHub
    itself (None).
    """
    if by is not None and not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only an admin may change webhooks and chat channels, or send messages again."))


def can_edit_endpoints(by: User) -> bool:
    """Whether `by` may change webhooks."""
    return allows(check_edit_endpoints, by)


def check_edit_receiver(row: WebhookEndpoint | ChatChannel, *, by: User | None) -> None:
    """Webhooks and chat channels are an admin's to change; a person's own chat is that person's."""
    if by is not None and isinstance(row, ChatChannel) and row.owner_id == by.pk:
        return
    check_edit_endpoints(by)


def check_replay(row: Delivery, *, by: User) -> None:
    """An admin may send a message again that was sent or given up."""
    check_edit_endpoints(by)
    if row.status == DeliveryStatus.WAITING:
        raise NotAllowed(_("This message is waiting to be sent already."))


def can_replay(row: Delivery, *, by: User) -> bool:
    """Whether `by` may send this message again."""
    return allows(check_replay, row, by=by)
