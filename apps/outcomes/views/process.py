"""The process of a workflow, before beside now: as a picture, as a table, and the cases behind each line."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.requests import PersonRequest
from apps.audit.csv_files import csv_response
from apps.audit.replicas import from_replica
from apps.outcomes.models import EventLog
from apps.outcomes.own_events import cases_kept_from
from apps.outcomes.process.comparing import DEFAULT_SHARE, SHARES, Process, baseline_logs, now_period, process
from apps.outcomes.process.following import EXAMPLES, cases_of
from apps.registry.seen import seen_workflow
from apps.registry.visibility import check_see_workflow


@require_safe
@from_replica
def process_read(request: PersonRequest, slug: str) -> HttpResponse:
    """What follows what in the log of a baseline and in the live one; `share` and `log` in the address."""
    workflow = seen_workflow(request, slug)
    logs = baseline_logs(workflow)
    log = _chosen(request, logs)
    found = process(workflow, log, share=_share(request), now=timezone.now())
    context = {
        "workflow": workflow,
        "logs": logs,
        "log": log,
        "live": next((side.log for side in found.sides if not side.is_before), None),
        "found": found,
        "shares": SHARES,
    }
    return render(request, "outcomes/process_read.html", context)


@require_safe
@from_replica
def process_csv(request: PersonRequest, slug: str) -> HttpResponse:
    """The table of the page as comma-separated values; medians in seconds."""
    workflow = seen_workflow(request, slug)
    log = _chosen(request, baseline_logs(workflow))
    found = process(workflow, log, share=_share(request), now=timezone.now())
    return csv_response(
        f"{slug}-process.csv", ["log", "from", "to", "times", "median seconds", "bottleneck"], _rows(found)
    )


@require_safe
@from_replica
def process_cases(request: PersonRequest, log_id: int) -> HttpResponse:
    """Some of the cases in which one activity directly followed another."""
    log = get_object_or_404(EventLog.objects.select_related("workflow"), pk=log_id)
    check_see_workflow(log.workflow, by=request.user)
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    if "\x00" in before + after or not (before or after):
        raise Http404
    between = now_period(timezone.now()) if log.is_live else None
    context = {
        "log": log,
        "before": before,
        "after": after,
        "cases": cases_of(
            log,
            before,
            after,
            between=between,
            without=cases_kept_from(request.user) if log.is_live else (),
        ),
        "most": EXAMPLES,
    }
    return render(request, "outcomes/process_cases.html", context)


def _rows(found: Process) -> list[list[object]]:
    return [
        [
            "before" if side.is_before else "now",
            pair.before or "(start)",
            pair.after or "(end)",
            pair.n,
            "" if pair.median is None else f"{pair.median:.0f}",
            "yes" if pair == side.map.bottleneck else "",
        ]
        for side in found.sides
        for pair in side.map.pairs
    ]


def _chosen(request: PersonRequest, logs: list[EventLog]) -> EventLog | None:
    """The log named in the address, else that of the newest baseline. Raises Http404 for one of somewhere else."""
    asked = request.GET.get("log")
    if not asked:
        return logs[0] if logs else None
    for log in logs:
        if str(log.pk) == asked:
            return log
    raise Http404


def _share(request: PersonRequest) -> int:
    asked = request.GET.get("share", "")
    return int(asked) if asked in map(str, SHARES) else DEFAULT_SHARE
