"""Agents in shadow beside what people did: how often the same, how it differs, and each case."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.policies import allows
from apps.accounts.requests import PersonRequest
from apps.audit.csv_files import csv_response
from apps.audit.replicas import from_replica
from apps.evaluation import queries
from apps.evaluation.policies import check_sample
from apps.evaluation.states import Kind, Later, Source
from apps.evaluation.views import asking
from apps.registry.models import Workflow
from apps.registry.seen import seen_workflow
from apps.trust.models import Slice


@require_safe
@from_replica
def shadow_read(request: PersonRequest, slug: str) -> HttpResponse:
    """Agreement by slice and version, and the kinds of divergence; `slice` in the address narrows both."""
    workflow = seen_workflow(request, slug)
    context = {
        "workflow": workflow,
        "found": _found(request, workflow),
        "can_sample": allows(check_sample, workflow, by=request.user),
    }
    return render(request, "evaluation/shadow_read.html", context)


@require_safe
@from_replica
def shadow_csv(request: PersonRequest, slug: str) -> HttpResponse:
    """Agreement by slice and version, as comma-separated values."""
    found = _found(request, seen_workflow(request, slug))
    return csv_response(
        f"{slug}-shadow.csv",
        ["slice", "agent version", "compared", "the same", "share %", "lowest %", "highest %"],
        [
            [
                str(row.slice),
                str(row.version),
                row.agreed.n,
                row.agreed.same,
                f"{row.agreed.share or 0:.1f}",
                f"{row.agreed.low:.1f}",
                f"{row.agreed.high:.1f}",
            ]
            for row in found.rows
        ],
    )


@require_safe
@from_replica
def shadow_cases(request: PersonRequest, slug: str) -> HttpResponse:
    """The cases behind a number: the agent's choice beside people's, with what differs."""
    workflow = seen_workflow(request, slug)
    wanted = _wanted(request)
    before = asking.before(request)
    cases, following = queries.shadow_cases(workflow, by=request.user, wanted=wanted, before=before)
    context = {
        "workflow": workflow,
        "cases": cases,
        "following": following,
        "is_first": before is None,
        "what": _what(wanted),
    }
    return render(request, "evaluation/shadow_cases.html", context)


def _found(request: PersonRequest, workflow: Workflow) -> queries.Shadow:
    try:
        return queries.shadow(workflow, slice_id=asking.number(request, "slice"))
    except Slice.DoesNotExist:
        raise Http404 from None


def _wanted(request: PersonRequest) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "slice": asking.number(request, "slice"),
        "agent_version": asking.number(request, "version"),
        "kind": asking.word(request, "kind", Kind),
        "later": asking.word(request, "later", Later),
        "source": asking.word(request, "source", Source),
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _what(wanted: dict[str, Any]) -> list[str]:
    """The filters in words."""
    words = {"kind": Kind, "later": Later, "source": Source}
    return [str(values(wanted[name]).label) for name, values in words.items() if name in wanted]
