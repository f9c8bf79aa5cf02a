"""Who says what is wanted of a workflow, and who answers an alert. `check_` raises NotAllowed."""

from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.quality.models import Alert


def check_set_targets(*, by: User) -> None:
    """Targets are what others are measured by: an admin sets them."""
    if not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only an admin sets the targets of a workflow."))


def check_acknowledge(alert: Alert, *, by: User) -> None:
    """Its owner says that they know, or an admin where the owner cannot. Wants `owner` loaded."""
    if by.pk != alert.owner_id and not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("{name}, who owns this alert, answers it.").format(name=alert.owner.name))
    if alert.ended_at is not None:
        raise NotAllowed(_("This alert has ended: the figure is back."))
    if alert.acknowledged_at is not None:
        raise NotAllowed(_("This alert was answered before."))
