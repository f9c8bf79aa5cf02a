"""What a workflow costs and what it may cost."""

from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.policies import why_not
from apps.accounts.requests import PersonRequest
from apps.audit.csv_files import csv_response
from apps.audit.replicas import from_replica
from apps.costs import policies, queries
from apps.costs.accounts import CostError
from apps.costs.forms import PlanForm
from apps.costs.models import Account, Run, Spent
from apps.costs.plan_setup import plan_of, save_plan
from apps.costs.states import TIMES_BENCHMARK, Span
from apps.registry.models import Agent
from apps.registry.seen import seen_workflow


@require_safe
@from_replica
def costs_read(request: PersonRequest, slug: str) -> HttpResponse:
    """Budgets, what was spent by month and agent, the dearest runs."""
    workflow = seen_workflow(request, slug)
    found = queries.costs_of(workflow, now=timezone.now())
    context = {
        "workflow": workflow,
        "found": found,
        "runs": [(run, times, _too_much(run, times, found)) for run, times in found.runs],
        "why_not": why_not(policies.check_set_budgets, request.user),
    }
    return render(request, "costs/costs_read.html", context)


def _too_much(run: Run, times: Decimal | None, found: queries.Costs) -> list[str]:
    """What a run is over, in words."""
    said = [
        (found.run_budget is not None and run.amount > found.run_budget, _("over its budget")),
        (found.step_cap is not None and run.steps > found.step_cap, _("too many steps")),
        (times is not None and times > TIMES_BENCHMARK, _("over three times what is usual")),
    ]
    return [text for holds, text in said if holds]


@require_safe
@from_replica
def costs_csv(request: PersonRequest, slug: str) -> HttpResponse:
    """Every day and month as comma-separated values."""
    workflow = seen_workflow(request, slug)
    account = Account.objects.filter(pk=workflow.pk).first()
    currency = account.currency if account else ""
    rows = Spent.objects.filter(workflow=workflow, span__in=[Span.DAY, Span.MONTH])
    columns = ["period", "from", "amount", "currency", "runs", "steps", "calls of tools", "tokens"]
    return csv_response(
        f"{slug}-costs.csv",
        columns,
        (
            [row.span, row.starts_on, row.amount, currency, row.runs, row.steps, row.tool_calls, row.tokens]
            for row in rows.order_by("span", "starts_on")
        ),
    )


def budgets_edit(request: PersonRequest, slug: str) -> HttpResponse:
    """Set what it may cost."""
    workflow = seen_workflow(request, slug)
    policies.check_set_budgets(request.user)
    plan = plan_of(Account.objects.filter(pk=workflow.pk).first())
    agents = list(Agent.objects.filter(grants__workflow=workflow).order_by("name"))
    form = PlanForm(plan, agents, request.POST or None)
    made = form.plan() if request.method == "POST" and form.is_valid() else None
    if made is not None:
        try:
            save_plan(workflow=workflow, plan=made, by=request.user, now=timezone.now())
        except CostError as error:
            form.add_error("currency", str(error))
        else:
            messages.success(request, _("Saved. It counts from now on."))
            return redirect("costs:costs_read", slug)
    context = {"workflow": workflow, "form": form}
    return render(request, "costs/budgets_edit.html", context, status=422 if form.errors else 200)
