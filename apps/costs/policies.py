"""Who says what work may cost, and who says what it is expected to cost. `check_` raises NotAllowed.

The operator at the command line (`by` None) may.
"""

from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.registry.models import Workflow


def check_set_budgets(by: User | None) -> None:
    """Only an admin sets budgets, step caps and benchmarks."""
    if by is not None and not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only an admin sets budgets."))


def check_set_model(workflow: Workflow, *, by: User | None) -> None:
    """Admins and those who answer for the value of the workflow say what it is expected to cost."""
    if by is None or by.pk in {workflow.business_owner_id, workflow.process_owner_id}:
        return
    if rights.holds_everywhere(by, Role.ADMIN):
        return
    if workflow.pk not in rights.ids_with(by, [Role.BENEFIT_OWNER], Workflow):
        raise NotAllowed(
            _(
                "Only an admin and the business, benefit and process owners of the workflow set its cost model."
            )
        )
