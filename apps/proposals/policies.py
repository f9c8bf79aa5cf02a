"""Who may say something about a proposal afterwards. `check_` raises NotAllowed with a sentence."""

from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.proposals.models import Proposal
from apps.proposals.states import GRANTED
from apps.registry.models import Workflow


def check_report_outcome(proposal: Proposal, *, by: User) -> None:
    """Those who answer for the work report what became true later about what was approved; agents do by their API."""
    if proposal.is_copy or proposal.status not in GRANTED:
        raise NotAllowed(_("Only what was approved can turn out right or wrong."))
    workflow = proposal.workflow
    named = {workflow.business_owner_id, workflow.process_owner_id, workflow.governance_lead_id}
    if by.pk in named or rights.holds_everywhere(by, Role.GOVERNANCE):
        return
    if workflow.pk not in rights.ids_with(by, [Role.BENEFIT_OWNER], Workflow):
        raise NotAllowed(
            _("Only the business, benefit and process owners of the workflow and governance report outcomes.")
        )
