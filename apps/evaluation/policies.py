"""Who may take cases of a workflow along as a test set. `check_` raises NotAllowed."""

from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.registry.models import Workflow


def check_sample(workflow: Workflow, *, by: User) -> None:
    """Those it names, its benefit owners, admins and governance; not its reviewers, who are checked by such cases."""
    named = {
        workflow.business_owner_id,
        workflow.process_owner_id,
        workflow.technical_owner_id,
        workflow.governance_lead_id,
    }
    if by.pk in named or rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE):
        return
    if workflow.pk not in rights.ids_with(by, [Role.BENEFIT_OWNER], Workflow):
        raise NotAllowed(
            _("Only the people the workflow names, admins and governance take its cases along as a test set.")
        )


def check_sample_uncovered(workflow: Workflow, *, by: User) -> None:
    """Hidden values leave only with whoever may uncover them here."""
    if workflow.pk not in rights.ids_with(by, [Role.PRIVACY_READER], Workflow):
        raise NotAllowed(_("Hidden values of this workflow are shown to people with a right to them."))
