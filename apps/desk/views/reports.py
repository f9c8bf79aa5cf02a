"""The report on targets: a page, and the same figures as a file."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.requests import PersonRequest
from apps.audit.csv_files import csv_response
from apps.desk.periods import PeriodForm
from apps.desk.queries import attainment
from apps.escalation.policies import check_read_escalation
from apps.escalation.reach import reach_of
from apps.sla.states import Target

_COLUMNS = (
    "queue",
    "tier",
    "consequence, reversibility",
    "target",
    "in time",
    "missed",
    "still open",
    "share in time",
    "median seconds",
    "p90 seconds",
    "median seconds in all",
    "p90 seconds in all",
)


@require_safe
def report_attainment(request: PersonRequest) -> HttpResponse:
    """How well targets were kept in a period, in the work this person may read."""
    check_read_escalation(request.user)
    reach = reach_of(request.user)
    now = timezone.now()
    form = PeriodForm(request.GET, now=now)
    period = form.period()
    target = request.GET.get("target", "")
    chosen = Target(target) if target in Target.values else Target.DECIDE
    every = attainment.attained(period, now=now, reach=reach) if period else []
    rows = [row for row in every if row.target is chosen]
    context = {
        "form": form,
        "period": period,
        "targets": Target.choices,
        "target": chosen,
        "rows": rows,
        "total": attainment.total(rows),
        "reached": attainment.reached(period, reach=reach) if period else [],
        "skips": attainment.skips(period, reach=reach) if period else [],
        "sees_all": reach.all,
        "query": request.GET.urlencode(),
    }
    return render(request, "desk/report_attainment.html", context, status=200 if period else 422)


@require_safe
def report_attainment_csv(request: PersonRequest) -> HttpResponse:
    """Every target of the period as comma-separated values; lengths in seconds."""
    check_read_escalation(request.user)
    now = timezone.now()
    form = PeriodForm(request.GET, now=now)
    period = form.period()
    if period is None:
        return report_attainment(request)
    every = attainment.attained(period, now=now, reach=reach_of(request.user))
    name = f"attainment-{form.data['since']}-{form.data['until']}.csv"
    return csv_response(name, _COLUMNS, _lines(every))


def _lines(rows: Iterable[attainment.Attained]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        share = "" if row.share is None else f"{row.share:.4f}"
        lengths = map(_seconds, (row.median, row.p90, row.median_in_all, row.p90_in_all))
        yield row.queue, row.tier, row.about, row.target.value, row.met, row.missed, row.open, share, *lengths


def _seconds(length: timedelta | None) -> str:
    return "" if length is None else str(int(length.total_seconds()))
