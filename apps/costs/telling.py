"""Tells the people a workflow names that a budget comes to its end, or that a run is dearer than it should be.

Once for each level of a budget: what was told of which budget stands beside the sum. A changed budget begins anew.
The caller holds the account of the workflow and saves the row. A run is called by its number: what its agent calls it
may name somebody, and neither messages nor the audit log would be found when that has to be erased.
"""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.audit import actions as audit
from apps.costs.limits import Standing
from apps.costs.models import Run, Spent
from apps.costs.states import LEVELS, TIMES_BENCHMARK
from apps.costs.wording import budget_name, money, run_called, used
from apps.delivery.notifying import notify
from apps.registry.models import Workflow

_TIER = 5


def tell_level(
    row: Run | Spent, found: Standing, *, workflow: Workflow, currency: str, link: str, now: datetime
) -> bool:
    """Tell the highest level the budget has reached, unless it was told. Whether `row` was changed."""
    told = row.told_level if row.told_limit == found.limit else 0
    if found.level <= told:
        return False
    row.told_level, row.told_limit = found.level, found.limit
    is_spent = found.level == LEVELS[-1]
    name = budget_name(found.span, workflow.name)
    if isinstance(row, Run):
        name = f"{name}, {run_called(row.pk, row.agent.name)}"
    title = _("Spent: {budget}") if is_spent else _("{percent} % used: {budget}")
    text = used(found, currency)
    consequence = _("Nothing new is taken in under it until it is raised or a new period begins.")
    notify(
        people=workflow.accountable,
        kind="budget_spent" if is_spent else "budget",
        title=title.format(budget=name, percent=found.level),
        text=f"{text}. {consequence}" if is_spent else f"{text}.",
        link=link,
        tier=_TIER,
        now=now,
        workflow_id=workflow.pk,
    )
    verb = "budget.spent" if is_spent else "budget.warned"
    _record(verb, row, workflow, f"{name}: {text}", now)
    return True


def tell_dear(
    run: Run, benchmark: Decimal | None, *, workflow: Workflow, currency: str, link: str, now: datetime
) -> bool:
    """Tell once that a run costs over three times its agent's benchmark. Whether `run` was changed."""
    if benchmark is None or run.dear_told is not None or run.amount <= benchmark * TIMES_BENCHMARK:
        return False
    run.dear_told = benchmark
    text = _("{amount}, where {benchmark} is usual for {agent}.").format(
        amount=money(run.amount, currency), benchmark=money(benchmark, currency), agent=run.agent.name
    )
    notify(
        people=workflow.accountable,
        kind="budget",
        title=_("A run in {workflow} costs over {times} times what is usual: {run}").format(
            workflow=workflow.name, times=TIMES_BENCHMARK, run=run_called(run.pk, run.agent.name)
        ),
        text=text,
        link=link,
        tier=_TIER,
        now=now,
        workflow_id=workflow.pk,
    )
    _record("run.dear", run, workflow, text, now)
    return True


def _record(verb: str, row: Run | Spent, workflow: Workflow, text: str, now: datetime) -> None:
    subject = ("workflow", workflow.pk, workflow.name)
    if isinstance(row, Run):
        subject = ("run", row.pk, run_called(row.pk, row.agent.name))
    audit.record(verb=verb, now=now, subject=subject, workflow_id=workflow.pk, data={"text": text})
