"""Who may move a slice, and where to. `check_` raises with the sentence of the rule."""

from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.registry.states import Stage
from apps.trust.models import Slice


def check_move_stage(row: Slice, *, to: Stage, by: User, reason: str) -> None:
    """Admins move between shadow and assisted; governance may only go back to shadow; never one's own agent up."""
    if to not in (Stage.SHADOW, Stage.ASSISTED):
        raise NotAllowed(_("A slice can be moved to shadow or to assisted."))
    if to == row.stage:
        raise NotAllowed(_("The slice is in that stage already."))
    if not reason.strip():
        raise NotAllowed(_("Give a reason: it is kept with the move."))
    is_admin = rights.holds_everywhere(by, Role.ADMIN)
    if to is Stage.SHADOW and (is_admin or rights.holds_everywhere(by, Role.GOVERNANCE)):
        return
    if not is_admin:
        raise NotAllowed(
            _("Only an admin may move a slice to assisted; governance may move it back to shadow.")
        )
    if row.agent.owner_id == by.pk:
        raise NotAllowed(_("You own this agent: another admin has to move it up."))
