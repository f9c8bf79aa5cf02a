"""Sets what a workflow may cost: its budgets, its step cap, and what a run of each agent usually costs.

What is set counts from the next request on, in every process: a raised budget frees at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.costs import policies
from apps.costs.accounts import CostError, check_currency, count_in, locked_account
from apps.costs.models import Account, Benchmark, Budget
from apps.costs.states import Span
from apps.costs.wording import money
from apps.registry.models import Agent, Workflow

_MOST = Decimal(10) ** 12
MOST_STEPS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What a workflow may cost; `benchmarks` are by agent slug. Raises CostError when it says nothing sound."""

    currency: str
    budgets: Mapping[Span, Decimal] = field(default_factory=dict)
    step_cap: int | None = None
    benchmarks: Mapping[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_currency(self.currency)
        for amount in (*self.budgets.values(), *self.benchmarks.values()):
            if not 0 < amount < _MOST:
                raise CostError(_("A budget is more than zero; leave it out where there is none."))
        if self.step_cap is not None and self.step_cap < 1:
            raise CostError(_("A run takes at least one step; leave the cap out where there is none."))


def save_plan(*, workflow: Workflow, plan: Plan, by: User | None, now: datetime) -> bool:
    """Make it so. False: it was so already. Raises NotAllowed, CostError, Agent.DoesNotExist."""
    policies.check_set_budgets(by)
    with transaction.atomic():
        account = locked_account(workflow)
        before = plan_of(account)
        if before == plan:
            return False
        count_in(account, plan.currency, may_change=True)
        account.step_cap = plan.step_cap
        account.save(update_fields=["step_cap"])
        _set_budgets(workflow, plan)
        _set_benchmarks(workflow, plan)
        audit.record(
            verb="budgets.set",
            now=now,
            by=by,
            subject=("workflow", workflow.pk, workflow.name),
            workflow_id=workflow.pk,
            data={"text": told(plan), "before": told(before) if before else ""},
        )
    return True


def plan_of(account: Account | None) -> Plan | None:
    """What is set now; None where nothing is. Two queries."""
    if account is None or not account.currency:
        return None
    benchmarks = Benchmark.objects.filter(workflow=account.pk).select_related("agent")
    return Plan(
        account.currency,
        {Span(row.span): row.amount for row in Budget.objects.filter(workflow=account.pk)},
        account.step_cap,
        {row.agent.slug: row.amount for row in benchmarks},
    )


def told(plan: Plan) -> str:
    """The plan in one line."""
    parts = [
        f"{span.label} {money(plan.budgets[span], plan.currency)}" for span in Span if span in plan.budgets
    ]
    if plan.step_cap is not None:
        parts.append(_("at most {n} steps a run").format(n=plan.step_cap))
    parts += [
        _("a run of {agent} usually {amount}").format(agent=slug, amount=money(amount, plan.currency))
        for slug, amount in sorted(plan.benchmarks.items())
    ]
    return "; ".join(parts) or _("none")


def _set_budgets(workflow: Workflow, plan: Plan) -> None:
    Budget.objects.filter(workflow=workflow).exclude(span__in=plan.budgets).delete()
    for span, amount in plan.budgets.items():
        Budget.objects.update_or_create(workflow=workflow, span=span, defaults={"amount": amount})


def _set_benchmarks(workflow: Workflow, plan: Plan) -> None:
    agents = {slug: Agent.objects.get(slug=slug) for slug in plan.benchmarks}
    Benchmark.objects.filter(workflow=workflow).exclude(agent__in=agents.values()).delete()
    for slug, amount in plan.benchmarks.items():
        Benchmark.objects.update_or_create(workflow=workflow, agent=agents[slug], defaults={"amount": amount})
