"""All workflows one may read: what each brings, and whether its owners say so."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.requests import PersonRequest
from apps.audit.csv_files import csv_response
from apps.outcomes import queries
from apps.outcomes.comparing import Comparison

_COLUMNS = (
    "workflow",
    "kpi",
    "measure",
    "definition",
    "unit",
    "before",
    "now",
    "now low",
    "now high",
    "cases now",
    "change",
    "change low",
    "change high",
    "better",
    "target",
    "owner",
    "last word",
    "periods unconfirmed",
)


@require_safe
def portfolio(request: PersonRequest) -> HttpResponse:
    """Baseline, now and target of every KPI, workflow by workflow."""
    shares = queries.portfolio(request.user, now=timezone.now())
    return render(request, "outcomes/portfolio.html", {"shares": shares})


@require_safe
def portfolio_csv(request: PersonRequest) -> HttpResponse:
    """The same as comma-separated values, with what each KPI means."""
    shares = queries.portfolio(request.user, now=timezone.now())
    rows = [_row(share.workflow.name, one) for share in shares for one in share.kpis]
    return csv_response("outcomes.csv", _COLUMNS, rows)


def _row(workflow: str, one: Comparison) -> list[object]:
    return [
        workflow,
        one.kpi.name,
        one.version.measure,
        one.version.definition,
        one.version.unit,
        one.before.value if one.before else None,
        one.now.value,
        one.now.low,
        one.now.high,
        one.now.n,
        *((one.by.value, one.by.low, one.by.high) if one.by else (None, None, None)),
        {True: "yes", False: "no", None: ""}[one.is_better],
        one.version.target,
        one.kpi.owner.name,
        one.latest.said if one.latest else "unconfirmed",
        len(one.unconfirmed),
    ]
