"""What the demo organisation has ready, and the one thing it does not: a baseline somebody opened again."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from apps.assurance.marking import run_trigger
from apps.costs.model_setup import save_model
from apps.costs.modelling import Assumed
from apps.costs.states import ScenarioKind
from apps.registry.models import Workflow
from apps.trust.readiness import usual_end
from apps.trust.readying import complete_item, reopen_item
from apps.trust.states import ReadyItem

_SAID = {
    ReadyItem.COST_MODEL: "Time study of four weeks, the vendor's prices, three scenarios; seen by finance.",
    ReadyItem.OBSERVABILITY: "Dashboard with errors, waiting and cost; a test alert reached the phone in 2 minutes.",
    ReadyItem.PERMISSIONS: "Went through grants and the agents' own accounts; took write access to the archive away.",
    ReadyItem.ROLLBACK: "Rehearsed on the test system: ten actions undone and the agent back to review in 18 minutes.",
    ReadyItem.BASELINE: "What the work was like without agents, measured over half a year and frozen.",
    ReadyItem.ON_CALL: "Ravi by phone on working days from 8 to 18, the duty desk at all other hours.",
}
# agent, reviewed %, minutes, an hour, wrong %, an error, fixed
_CONTRACTS = ("0.60", "100", "12", "58", "1", "400", "90")
_CONTRACTS_A_MONTH = 120


def make_ready(slug: str, *, at: datetime) -> None:
    """Everything that is asked of a workflow, said by its process owner; the escalation by a simulated trigger."""
    workflow = _workflow(slug)
    by, owner, today = workflow.process_owner, workflow.technical_owner, timezone.localdate(at)
    for item in ReadyItem:
        expires_on = usual_end(item, today)
        if item is ReadyItem.ESCALATION:
            run_trigger(workflow=workflow, owner=owner, expires_on=expires_on, by=by, now=at)
        else:
            complete_item(
                workflow=workflow,
                item=item,
                evidence=_SAID[item],
                owner=owner,
                expires_on=expires_on,
                by=by,
                now=at,
            )


def count_what_contracts_cost(*, at: datetime) -> None:
    """The cost model of the contracts, which their readiness rests on."""
    workflow = _workflow("contract-terms")
    save_model(
        workflow=workflow,
        currency="EUR",
        manual_cost=Decimal("38.00"),
        scenarios=dict.fromkeys(ScenarioKind, Assumed(_CONTRACTS_A_MONTH, *map(Decimal, _CONTRACTS))),
        note="From the time study.",
        by=workflow.business_owner,
        now=at,
    )


def open_the_baseline_of_contracts(*, at: datetime) -> None:
    """Governance does not trust it: until it is measured again, no contract work is given more."""
    workflow = _workflow("contract-terms")
    reopen_item(
        workflow=workflow,
        item=ReadyItem.BASELINE,
        reason="It was one quarter without renewals. Freeze a KPI over a whole year first.",
        by=workflow.governance_lead,
        now=at + timedelta(days=1),
    )


def _workflow(slug: str) -> Workflow:
    people = ("business_owner", "process_owner", "technical_owner", "governance_lead")
    return Workflow.objects.select_related(*people).get(slug=slug)
