"""Who writes policies, tries them and lets them count. `check_` raises NotAllowed with a sentence."""

from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, reads_everything
from apps.accounts.queries import offices
from apps.accounts.roles import Role
from apps.rulebook.models import PolicyDraft


def check_read(*, by: User) -> None:
    """Admins, governance and auditors read policies, their drafts and what back-tests showed of past work."""
    if not reads_everything(by):
        raise NotAllowed(_("Only admins, governance and auditors read the policies."))


def check_write(*, by: User) -> None:
    """Admins write drafts and try them."""
    if not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only an admin may write a policy."))


def check_publish(draft: PolicyDraft, *, by: User) -> None:
    """A second person lets it count: an admin or governance, nobody who wrote any of it."""
    if not rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE):
        raise NotAllowed(_("Only an admin or governance may publish a policy."))
    if by.pk in draft.editors:
        raise NotAllowed(_("You wrote part of this draft: another person has to publish it."))


def publishers(draft: PolicyDraft) -> list[User]:
    """Who may publish a draft as it is now. One query."""
    return [person for person in offices() if person.pk not in draft.editors]
