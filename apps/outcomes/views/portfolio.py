"""All workflows one may read: what each brings, and whether its owners say so."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.requests import PersonRequest
from apps.audit.csv_files import csv_response
from apps.audit.replicas import from_replica
from apps.outcomes import queries
from apps.outcomes.comparing import Comparison
from apps.trust.ladder import Rung

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
_SLICE_COLUMNS = (
    "workflow",
    "action",
    "segment",
    "agent",
    "stage",
    "level",
    "decided",
    "not taken",
    "consequence",
    "reversibility",
    "counted",
    "confirmed mistakes",
    "decided lately",
    "not taken lately",
    "paused",
    "candidate",
    "percent of the way",
    "needs",
    "not before",
)


@require_safe
@from_replica
def portfolio(request: PersonRequest) -> HttpResponse:
    """Every workflow: its KPIs with baseline, now and target, and its slices with what each needs."""
    shares = queries.portfolio(request.user, now=timezone.now())
    return render(request, "outcomes/portfolio.html", {"shares": shares})


@require_safe
@from_replica
def portfolio_csv(request: PersonRequest) -> HttpResponse:
    """The KPIs as comma-separated values, with what each means."""
    found = queries.portfolio_kpis(request.user, now=timezone.now())
    return csv_response("outcomes.csv", _COLUMNS, map(_row, found))


@require_safe
@from_replica
def portfolio_slices_csv(request: PersonRequest) -> HttpResponse:
    """All slices of these workflows: how far each may go, what it may do harm, and what it needs."""
    found = queries.portfolio_slices(request.user, now=timezone.now())
    return csv_response("slices.csv", _SLICE_COLUMNS, map(_slice_row, found))


def _slice_row(one: Rung) -> list[object]:
    row, kind = one.slice, one.slice.action_type
    return [
        row.workflow.name,
        kind.title,
        row.segment,
        row.agent.name,
        row.stage,
        one.level.label,
        row.judged,
        row.refused,
        kind.consequence,
        kind.reversibility,
        row.counted,
        row.wrong,
        one.reviewed,
        one.overridden,
        "paused" if one.is_paused else "",
        "recommended" if one.is_recommended else "next" if one.is_next else "",
        None if one.progress is None else round(one.progress),
        one.missing,
        one.unready,
    ]


def _row(one: Comparison) -> list[object]:
    return [
        one.kpi.workflow.name,
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
