"""What the demo organisation's agents have used and may use, and what a month of the order desk should cost."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from apps.costs.counting import count_decided
from apps.costs.model_setup import save_model
from apps.costs.modelling import Assumed
from apps.costs.models import Account
from apps.costs.plan_setup import Plan, save_plan
from apps.costs.states import ScenarioKind, Span
from apps.costs.using import Used, report_usage
from apps.proposals.models import Proposal
from apps.registry.models import Workflow

_WORKFLOW = "customer-orders"
_SEED = 20251130
_USUAL = {"refund-agent": Decimal("0.30"), "care-writer": Decimal("0.18")}
_BUDGETS = {"run": "5", "day": "12", "month": "45"}
# cases, agent, reviewed %, minutes, an hour, wrong %, an error, fixed
_WAYS = {
    ScenarioKind.EXPECTED: (900, "0.32", "60", "4", "42", "1", "35", "180"),
    ScenarioKind.EDGE: (1600, "0.45", "80", "5", "42", "2", "35", "180"),
    ScenarioKind.FAILURE: (900, "0.90", "100", "9", "42", "6", "60", "180"),
}


def seed(*, now: datetime) -> bool:
    """Set up what it may cost and report what it did, unless that was done. Whether it did."""
    workflow = Workflow.objects.select_related("business_owner").filter(slug=_WORKFLOW).first()
    if workflow is None or Account.objects.filter(workflow=workflow).exists():
        return False
    since = now - timedelta(days=40)
    budgets = {Span(name): Decimal(amount) for name, amount in _BUDGETS.items()}
    save_plan(workflow=workflow, plan=Plan("EUR", budgets, 60, _USUAL), by=None, now=since)
    save_model(
        workflow=workflow,
        currency="EUR",
        manual_cost=Decimal("7.20"),
        scenarios={kind: _assumed(*given) for kind, given in _WAYS.items()},
        note="From the time study, and the prices of the model's vendor.",
        by=workflow.business_owner,
        now=since,
    )
    _report(workflow)
    count_decided(now=now, limit=60)
    return True


def _assumed(cases: int, *amounts: str) -> Assumed:
    return Assumed(cases, *map(Decimal, amounts))


def _report(workflow: Workflow) -> None:
    """A run for each proposal, in their order: it reports twice, and now and then it goes round in circles."""
    random = Random(_SEED)  # noqa: S311  (a story, not a secret)
    made = (
        Proposal.objects.filter(workflow=workflow, is_copy=False)
        .select_related("agent")
        .order_by("created_at")
    )
    for number, proposal in enumerate(made):
        usual = _USUAL.get(proposal.agent.slug)
        if usual is None or not proposal.run.get("id"):
            continue
        dear = Decimal(4) if number % 23 == 11 else Decimal(1)
        for part in (1, 2):
            amount = usual * dear * Decimal(str(round(random.uniform(0.3, 0.7), 4)))
            report_usage(
                agent=proposal.agent,
                workflow=workflow,
                run_name=proposal.run["id"],
                used=Used(
                    round(amount, 6),
                    "EUR",
                    tokens=int(amount * 60_000),
                    tool_calls=random.randint(1, 4),
                    steps=random.randint(2, 5) * int(dear),
                ),
                key=f"demo-{proposal.external_id}-{part}",
                body_sha256="0" * 64,
                now=proposal.created_at,
            )
