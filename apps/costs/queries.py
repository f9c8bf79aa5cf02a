"""What the pages of costs read: sums that are kept, never the usage itself."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from apps.accounts.models import User
from apps.audit.ids import uuid7_at
from apps.audit.withheld import withheld_from
from apps.costs.figures import CostPerTask, cost_per_task
from apps.costs.limits import Standing, standings
from apps.costs.model_setup import assumed_in, newest_model
from apps.costs.modelling import Assumed
from apps.costs.models import Account, Benchmark, CostModel, Run, Spent, SpentByAgent, Usage
from apps.costs.periods import PERIODS, starts
from apps.costs.rules import rules_of
from apps.costs.states import TIMES_BENCHMARK, ScenarioKind, Span
from apps.proposals.models import Proposal
from apps.registry.models import Workflow

MONTHS = 12
_RUNS = 10
_USAGES = 100
_AROUND = timedelta(hours=1)
_MOST_PROPOSALS = 1000


@dataclass(frozen=True, slots=True)
class Costs:
    """The costs of one workflow as they stand: budgets, sums by month and agent, this month's dearest runs."""

    workflow: Workflow
    currency: str
    step_cap: int | None
    budgets: list[Standing]
    run_budget: Decimal | None
    now: dict[Span, Spent | None]
    months: list[Spent]
    agents: list[tuple[SpentByAgent, Decimal | None]]
    runs: list[tuple[Run, Decimal | None]]
    per_task: CostPerTask


def costs_of(workflow: Workflow, *, now: datetime) -> Costs:
    """Everything on the page of a workflow. As many queries for a million runs as for one."""
    day = timezone.localdate(now)
    first_days = starts(day)
    account = Account.objects.filter(pk=workflow.pk).first() or Account(workflow=workflow)
    rules = rules_of(account)
    rows = list(Spent.objects.filter(workflow=workflow, starts_on__in=first_days.values()))
    spent = {Span(row.span): row for row in rows if first_days[Span(row.span)] == row.starts_on}
    usual = dict(Benchmark.objects.filter(workflow=workflow).values_list("agent_id", "amount"))
    month = first_days[Span.MONTH]
    months = Spent.objects.filter(workflow=workflow, span=Span.MONTH).order_by("-starts_on")[:MONTHS]
    agents = SpentByAgent.objects.filter(workflow=workflow, month=month).select_related("agent")
    runs = Run.objects.filter(workflow=workflow, month=month).select_related("agent")
    sums = {span: row.amount for span, row in spent.items()}
    return Costs(
        workflow,
        account.currency,
        account.step_cap,
        [one for one in standings(rules, sums, day=day) if one.span is not Span.RUN],
        rules.budgets.get(Span.RUN),
        {span: spent.get(span) for span in PERIODS},
        list(months),
        [(row, usual.get(row.agent_id)) for row in agents.order_by("-amount", "agent__name")],
        [(run, _times(run, usual)) for run in runs.order_by("-amount", "id")[:_RUNS]],
        cost_per_task(workflow.pk, between=_lately(day), now=now),
    )


@dataclass(frozen=True, slots=True)
class ModelPage:
    """A cost model in force, its scenarios, and what was really spent in the last 30 days; None: nobody made one."""

    currency: str
    model: CostModel | None
    scenarios: dict[ScenarioKind, Assumed]
    real: CostPerTask
    versions: list[CostModel]


def model_page(workflow: Workflow, *, now: datetime) -> ModelPage:
    """The page of the cost model."""
    model = newest_model(workflow.pk)
    real = cost_per_task(workflow.pk, between=_lately(timezone.localdate(now)), now=now)
    versions = CostModel.objects.filter(workflow=workflow).select_related("created_by")
    return ModelPage(
        real.currency,
        model,
        assumed_in(model) if model else {},
        real,
        list(versions.order_by("-number")[:20]),
    )


@dataclass(frozen=True, slots=True)
class RunPage:
    """One run: its budget, what was reported of it, and the proposals made in it that could be found."""

    run: Run
    currency: str
    standing: Standing | None
    step_cap: int | None
    usual: Decimal | None
    is_dear: bool
    usages: list[Usage]
    proposals: list[Proposal]


def run_page(run: Run, *, by: User) -> RunPage:
    """The page of a run; the newest reports of it, and proposals around the time in which it reported, without those
    that are kept from `by` now.
    """
    account = Account.objects.get(pk=run.workflow_id)
    rules = rules_of(account)
    day = timezone.localdate(run.last_at)
    of_run = [one for one in standings(rules, {Span.RUN: run.amount}, day=day) if one.span is Span.RUN]
    usual = Benchmark.objects.filter(workflow=run.workflow_id, agent=run.agent_id).first()
    return RunPage(
        run,
        account.currency,
        of_run[0] if of_run else None,
        rules.step_cap,
        usual.amount if usual else None,
        usual is not None and run.amount > usual.amount * TIMES_BENCHMARK,
        list(run.usages.order_by("-id")[:_USAGES]),
        _proposals(run, without=withheld_from(by)),
    )


def _proposals(run: Run, *, without: Collection[UUID]) -> list[Proposal]:
    """Those that name the run, of the next thousand the agent sent from a little before its first report on."""
    since = Proposal.objects.filter(
        agent=run.agent_id,
        workflow=run.workflow_id,
        is_copy=False,
        id__gte=uuid7_at(run.first_at - _AROUND),
    )
    some = since.order_by("id").values_list("pk", "run__id")[:_MOST_PROPOSALS]
    found = [pk for pk, name in some if name == run.name and pk not in without][:50]
    return list(Proposal.objects.filter(pk__in=found).order_by("id"))


def _times(run: Run, usual: dict[int, Decimal]) -> Decimal | None:
    benchmark = usual.get(run.agent_id)
    return run.amount / benchmark if benchmark else None


def _lately(day: date) -> tuple[date, date]:
    return day - timedelta(days=29), day
