"""The `costs:` and `cost_models:` sections of the configuration file. What was used is not configuration."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from apps.accounts.config import ConfigEntry, Reference, Slug
from apps.accounts.models import User
from apps.costs.model_setup import assumed_in, save_model
from apps.costs.modelling import Assumed
from apps.costs.models import Account, CostModel
from apps.costs.plan_setup import MOST_STEPS, Plan, plan_of, save_plan
from apps.costs.states import ScenarioKind, Span
from apps.registry.models import Workflow

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
SmallMoney = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=4)]
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
Budget = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)]
Usual = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=6)]


class BudgetsEntry(ConfigEntry):
    """How much a run may cost, and all of them in a day, week, month and ever; left out: no budget."""

    run: Budget | None = None
    day: Budget | None = None
    week: Budget | None = None
    month: Budget | None = None
    ever: Budget | None = None


class ScenarioEntry(ConfigEntry):
    """One way a month may go."""

    cases: Annotated[int, Field(ge=0, le=10**8)]
    agent_cost: SmallMoney
    reviewed: Percent
    minutes: Annotated[Decimal, Field(ge=0, max_digits=8, decimal_places=2)]
    hour_cost: Money
    wrong: Percent = Decimal(0)
    error_cost: Money = Decimal(0)
    fixed: Money = Decimal(0)


class CostsEntry(ConfigEntry):
    """What a workflow may cost."""

    workflow: Slug
    currency: Currency
    budgets: BudgetsEntry = BudgetsEntry()
    step_cap: Annotated[int, Field(ge=1, le=MOST_STEPS)] | None = None
    benchmarks: dict[Slug, Usual] = {}

    def references(self) -> Iterable[Reference]:
        yield ("workflow",), "workflows", self.workflow
        for slug in self.benchmarks:
            yield ("benchmarks", slug), "agents", slug

    def canonical(self) -> dict[str, Any]:
        return _written_plan(self.workflow, self.plan())

    def plan(self) -> Plan:
        """As the verb takes it."""
        amounts = {span: getattr(self.budgets, span.value) for span in Span}
        budgets = {span: amount for span, amount in amounts.items() if amount is not None}
        return Plan(self.currency, budgets, self.step_cap, self.benchmarks)


class CostModelEntry(ConfigEntry):
    """What a month of a workflow should cost, three ways, beside a case by hand."""

    workflow: Slug
    currency: Currency
    manual_cost: SmallMoney
    expected: ScenarioEntry
    edge: ScenarioEntry
    failure: ScenarioEntry

    def references(self) -> Iterable[Reference]:
        yield ("workflow",), "workflows", self.workflow

    def canonical(self) -> dict[str, Any]:
        return _written_model(self.workflow, self.currency, self.manual_cost, self.scenarios())

    def scenarios(self) -> dict[ScenarioKind, Assumed]:
        """As the verb takes them."""
        return {kind: Assumed(**getattr(self, kind.value).model_dump()) for kind in ScenarioKind}


class CostsSection:
    """Reads and writes budgets, step caps and benchmarks."""

    key = "costs"
    Model = CostsEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """Every workflow that counts costs, by slug."""
        accounts = Account.objects.exclude(currency="").select_related("workflow").order_by("workflow__slug")
        return [
            _written_plan(account.workflow.slug, plan_of(account) or Plan(account.currency))
            for account in accounts
        ]

    @staticmethod
    def apply(entries: list[CostsEntry], *, by: User | None, now: datetime) -> None:
        """Set each. Raises NotAllowed, CostError, LookupError."""
        for entry in entries:
            workflow = Workflow.objects.get(slug=entry.workflow)
            save_plan(workflow=workflow, plan=entry.plan(), by=by, now=now)


class CostModelsSection:
    """Reads and writes cost models; one that differs is a new version."""

    key = "cost_models"
    Model = CostModelEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """The newest of every workflow that has one, by slug."""
        newest = CostModel.objects.order_by("workflow__slug", "-number").distinct("workflow__slug")
        return [
            _written_model(
                model.workflow.slug,
                model.workflow.cost_account.currency,
                model.manual_cost,
                assumed_in(model),
            )
            for model in newest.select_related("workflow__cost_account").prefetch_related("scenarios")
        ]

    @staticmethod
    def apply(entries: list[CostModelEntry], *, by: User | None, now: datetime) -> None:
        """Keep each. Raises NotAllowed, CostError, LookupError."""
        for entry in entries:
            save_model(
                workflow=Workflow.objects.get(slug=entry.workflow),
                currency=entry.currency,
                manual_cost=entry.manual_cost,
                scenarios=entry.scenarios(),
                by=by,
                now=now,
            )


SECTIONS = [CostsSection, CostModelsSection]


def _written_plan(slug: str, plan: Plan) -> dict[str, Any]:
    return {
        "workflow": slug,
        "currency": plan.currency,
        "budgets": {span.value: _text(plan.budgets.get(span)) for span in Span},
        "step_cap": plan.step_cap,
        "benchmarks": {agent: _text(amount) for agent, amount in sorted(plan.benchmarks.items())},
    }


def _written_model(
    slug: str, currency: str, manual: Decimal, scenarios: dict[ScenarioKind, Assumed]
) -> dict[str, Any]:
    return {
        "workflow": slug,
        "currency": currency,
        "manual_cost": _text(manual),
        **{
            kind.value: {
                name: value if isinstance(value, int) else _text(value) for name, value in _figures(assumed)
            }
            for kind, assumed in scenarios.items()
        },
    }


def _figures(assumed: Assumed) -> list[tuple[str, int | Decimal]]:
    return [(name, getattr(assumed, name)) for name in ScenarioEntry.model_fields]


def _text(amount: Decimal | None) -> str | None:
    """Written out, without noughts that say nothing, so that 2, 2.0 and 2.000000 are the same."""
    if amount is None:
        return None
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
