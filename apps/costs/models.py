"""What was used, what it sums up to, what it may be, and what a month is expected to cost."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.append_only import append_only, never_removed
from apps.audit.ids import uuid7
from apps.costs.states import ScenarioKind, Span
from apps.registry.models import Agent, Workflow
from apps.registry.revision_triggers import moves_revision


def _money(**how: Any) -> Any:
    # A sum of any number of the largest reports there may be.
    return models.DecimalField(max_digits=30, decimal_places=6, **how)


def _count() -> Any:
    return models.PositiveBigIntegerField(default=0)


class Account(models.Model):
    """The costs of one workflow: the one currency they are counted in, and how many steps a run may take.

    Whoever changes a sum of the workflow holds the lock of this row.
    """

    workflow = models.OneToOneField(
        Workflow, primary_key=True, on_delete=models.PROTECT, related_name="cost_account"
    )
    currency = models.CharField(max_length=3, blank=True)
    step_cap = models.PositiveIntegerField(null=True)

    class Meta:
        triggers = [*never_removed(), moves_revision("currency", "step_cap")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(currency="") | models.Q(currency__regex="^[A-Z]{3}$"),
                name="account_currency_is_a_code",
            ),
            models.CheckConstraint(
                condition=models.Q(step_cap__isnull=True) | models.Q(step_cap__gt=0),
                name="account_step_cap_lets_something_happen",
            ),
        ]

    def __str__(self) -> str:
        return str(self.workflow)


class Budget(models.Model):
    """How much one run of a workflow, or all of them within a period, may cost in its currency."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="budgets")
    span = models.CharField(max_length=5, choices=Span.choices)
    amount = models.DecimalField(max_digits=16, decimal_places=2)

    class Meta:
        triggers = [moves_revision()]
        constraints = [
            models.UniqueConstraint(fields=["workflow", "span"], name="budget_once_per_span"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="budget_is_something"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow}, {self.get_span_display()}: {self.amount}"


class Benchmark(models.Model):
    """What a run of an agent costs in a workflow when it goes as it should."""

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="benchmarks")
    amount = _money()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workflow", "agent"], name="benchmark_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="benchmark_is_something"),
        ]

    def __str__(self) -> str:
        return f"{self.agent}: {self.amount}"


class Run(models.Model):
    """The sums of one run of an agent in a workflow. `name` is the agent's own id of it, `month` when it began.

    `told_level` of the budget `told_limit` was told to people; `dear_told` is the benchmark that was told as exceeded.
    `erased_at`: its name is ReviewHub's own since, and so are the keys of its reports (see `apps.privacy`).
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="runs", db_index=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="runs", db_index=False)
    name = models.CharField(max_length=200)
    month = models.DateField()
    amount = _money(default=0)
    tokens = _count()
    tool_calls = _count()
    steps = _count()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    told_level = models.PositiveSmallIntegerField(default=0)
    told_limit = _money(null=True)
    dear_told = _money(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        triggers = never_removed()
        indexes = [models.Index(fields=["workflow", "month", "-amount", "id"], name="run_dearest")]
        constraints = [models.UniqueConstraint(fields=["agent", "workflow", "name"], name="run_name_once")]

    def __str__(self) -> str:
        return self.name


class Usage(models.Model):
    """What an agent says it has used, as it said it. `answer` is what it was told, for the same request again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="usages", db_index=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    body_sha256 = models.CharField(max_length=64)
    amount = _money()
    tokens = _count()
    tool_calls = _count()
    steps = _count()
    problem = models.CharField(max_length=40, blank=True)
    answer = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        indexes = [models.Index(fields=["run", "-id"], name="usage_of_run")]
        constraints = [
            models.UniqueConstraint(fields=["agent", "key"], name="usage_key_once"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="usage_gives_nothing_back"),
        ]

    def __str__(self) -> str:
        return f"{self.run}: {self.amount}"


class Spent(models.Model):
    """The sums of a workflow within a period. `runs` counts those that began in it; for `told_level` see `Run`."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="+", db_index=False)
    span = models.CharField(max_length=5, choices=Span.choices)
    starts_on = models.DateField()
    amount = _money(default=0)
    tokens = _count()
    tool_calls = _count()
    steps = _count()
    runs = _count()
    told_level = models.PositiveSmallIntegerField(default=0)
    told_limit = _money(null=True)

    class Meta:
        triggers = never_removed()
        constraints = [
            models.UniqueConstraint(fields=["workflow", "span", "starts_on"], name="spent_once_per_period"),
            models.CheckConstraint(condition=~models.Q(span=Span.RUN), name="spent_is_of_a_period"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow}, {self.span} from {self.starts_on}: {self.amount}"


class SpentByAgent(models.Model):
    """The sums of one agent in a workflow and month."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="+", db_index=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    amount = _money(default=0)
    tokens = _count()
    tool_calls = _count()
    steps = _count()
    runs = _count()

    class Meta:
        triggers = never_removed()
        constraints = [
            models.UniqueConstraint(fields=["workflow", "month", "agent"], name="spent_by_agent_once")
        ]

    def __str__(self) -> str:
        return f"{self.agent}, {self.month}: {self.amount}"


class CostModel(models.Model):
    """What a month of a workflow should cost, three ways, beside the same work by hand. The newest version counts."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="cost_models")
    number = models.PositiveIntegerField()
    manual_cost = models.DecimalField(_("cost of a case by hand"), max_digits=16, decimal_places=4)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["workflow", "-number"]
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(fields=["workflow", "number"], name="cost_model_number_once"),
            models.CheckConstraint(condition=models.Q(manual_cost__gte=0), name="cost_model_by_hand_costs"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow} v{self.number}"


class Scenario(models.Model):
    """One of the three ways of a cost model; what each figure means stands in `modelling.Assumed`."""

    model = models.ForeignKey(CostModel, on_delete=models.PROTECT, related_name="scenarios", db_index=False)
    kind = models.CharField(max_length=8, choices=ScenarioKind.choices)
    cases = models.PositiveIntegerField()
    agent_cost = models.DecimalField(max_digits=16, decimal_places=4)
    reviewed = models.DecimalField(max_digits=5, decimal_places=2)
    minutes = models.DecimalField(max_digits=8, decimal_places=2)
    hour_cost = models.DecimalField(max_digits=16, decimal_places=2)
    wrong = models.DecimalField(max_digits=5, decimal_places=2)
    error_cost = models.DecimalField(max_digits=16, decimal_places=2)
    fixed = models.DecimalField(max_digits=16, decimal_places=2)

    class Meta:
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(fields=["model", "kind"], name="scenario_once"),
            models.CheckConstraint(
                condition=models.Q(reviewed__range=(0, 100), wrong__range=(0, 100)),
                name="scenario_shares_are_percent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model}: {self.kind}"


class DecidedDay(models.Model):
    """How many proposals of a workflow were answered on a day that is over; of every workflow, also none."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    n = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "day"], name="decided_day_once")]

    def __str__(self) -> str:
        return f"{self.workflow}, {self.day}: {self.n}"
