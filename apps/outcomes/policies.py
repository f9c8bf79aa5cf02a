"""Who sets KPIs and baselines up, and who may say whether a number moved. `check_` raises NotAllowed."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.outcomes.models import Kpi
from apps.registry.models import Workflow


def check_set_up(workflow: Workflow, *, by: User | None) -> None:
    """Admins, and those who answer for the value of the workflow, set up its KPIs, event logs and baselines.

    And the operator (None), whose configuration file declares KPIs.
    """
    if by is not None and workflow.pk not in ids_set_up([workflow], by=by):
        raise NotAllowed(
            _("Only an admin and the business, benefit and process owners of the workflow set up its KPIs.")
        )


def ids_set_up(workflows: Iterable[Workflow], *, by: User) -> set[int]:
    """Ids of those of these workflows whose KPIs this person may set up. At most two statements."""
    asked = list(workflows)
    found = {one.pk for one in asked if by.pk in (one.business_owner_id, one.process_owner_id)}
    if len(found) == len(asked):
        return found
    if rights.holds_everywhere(by, Role.ADMIN):
        return {one.pk for one in asked}
    return found | ({one.pk for one in asked} & rights.ids_with(by, [Role.BENEFIT_OWNER], Workflow))


def check_state(kpi: Kpi, *, by: User) -> None:
    """Only the owner of a KPI says whether its number is so; nobody does it for them."""
    if by.pk != kpi.owner_id:
        raise NotAllowed(
            _("Only {name}, who owns this KPI, confirms or disputes it.").format(name=kpi.owner.name)
        )
    if not kpi.is_active:
        raise NotAllowed(_("This KPI is not in use any more."))
