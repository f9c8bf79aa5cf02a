"""Judges beside people: how far each agrees with them and, only where that is enough, what it says."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.accounts.policies import NotAllowed
from apps.accounts.requests import PersonRequest
from apps.audit.csv_files import csv_response
from apps.audit.replicas import from_replica
from apps.evaluation import queries
from apps.evaluation.models import Judge
from apps.evaluation.views import asking
from apps.registry.seen import seen_workflow
from apps.registry.visibility import check_see_workflow


@require_safe
@from_replica
def judge_list(request: PersonRequest, slug: str) -> HttpResponse:
    """Every judge of the workflow with its agreement, and what those say that may be shown."""
    workflow = seen_workflow(request, slug)
    context = {
        "workflow": workflow,
        "judges": queries.judges(workflow),
        "asked": queries.asked_of(workflow),
    }
    return render(request, "evaluation/judge_list.html", context)


@require_safe
@from_replica
def judge_csv(request: PersonRequest, slug: str) -> HttpResponse:
    """The agreement of every judge as comma-separated values; never what a hidden one says."""
    rows = queries.judges(seen_workflow(request, slug))
    return csv_response(
        f"{slug}-judges.csv",
        ["judge", "version", "reported by", "cases", "the same", "kappa", "lowest", "highest", "shown"],
        [
            [
                row.judge.name,
                row.judge.version,
                row.judge.agent.name,
                row.belief.agreement.n,
                row.belief.agreement.same,
                *map(
                    _decimal,
                    (row.belief.agreement.kappa, row.belief.agreement.low, row.belief.agreement.high),
                ),
                "yes" if row.belief.is_shown else "no",
            ]
            for row in rows
        ],
    )


@require_safe
@from_replica
def judge_cases(request: PersonRequest, judge_id: int) -> HttpResponse:
    """The cases behind a number of a judge that may be shown; `said` and `people` in the address."""
    judge = get_object_or_404(Judge.objects.select_related("workflow", "agent"), pk=judge_id)
    check_see_workflow(judge.workflow, by=request.user)
    found = queries.belief_in(judge)
    if not found.belief.is_shown:
        raise NotAllowed(str(found.belief.why_hidden))
    said, people = request.GET.get("said", ""), request.GET.get("people", "")
    if not {said, people} <= set(found.belief.words):
        raise Http404
    before = asking.before(request)
    cases, following = queries.judged_cases(judge, by=request.user, said=said, people=people, before=before)
    context = {
        "judge": judge,
        "said": said,
        "people": people,
        "cases": cases,
        "following": following,
        "is_first": before is None,
    }
    return render(request, "evaluation/judge_cases.html", context)


def _decimal(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
