"""The drift watch on pages: every open alert, one slice with its baseline beside now, and answering an alert."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.policies import why_not
from apps.accounts.requests import PersonRequest
from apps.registry.visibility import check_see_workflow, visible_workflows
from apps.trust import drifting, policies, watched
from apps.trust.forms import DriftForm
from apps.trust.models import DriftAlert, Slice
from apps.trust.states import AlertStatus


@require_safe
def drift_list(request: PersonRequest) -> HttpResponse:
    """Every alert nobody has done with, in the workflows this person may read: who looks after it, since when."""
    alerts = watched.open_alerts(visible_workflows(request.user))
    return render(request, "trust/drift_list.html", {"alerts": alerts})


@require_safe
def slice_drift(request: PersonRequest, slice_id: int) -> HttpResponse:
    """What is watched in one slice, baseline beside now, and its alerts with what people said about each."""
    row = get_object_or_404(Slice.objects.select_related("workflow", "action_type", "agent"), pk=slice_id)
    check_see_workflow(row.workflow, by=request.user)
    return _page(request, row)


def drift_answer(request: PersonRequest, alert_id: int) -> HttpResponse:
    """Say what an alert is, or what was done about it. A GET changes nothing and leads to the alert."""
    alert = get_object_or_404(DriftAlert.objects.select_related("slice__workflow"), pk=alert_id)
    check_see_workflow(alert.slice.workflow, by=request.user)
    if request.method != "POST":
        return redirect("trust:slice_drift", alert.slice_id)
    policies.check_judge_drift(alert, by=request.user)
    form = DriftForm(alert, request.POST)
    if not form.is_valid():
        return _page(request, alert.slice, answered=alert, form=form, status=422)
    drifting.judge_drift(
        alert_id=alert_id,
        status=AlertStatus(form.cleaned_data["status"]),
        by=request.user,
        note=form.cleaned_data["note"],
        owner=form.next_owner,
        now=timezone.now(),
    )
    messages.success(request, _("Kept with the alert. No threshold moved by it."))
    return redirect("trust:slice_drift", alert.slice_id)


def _page(
    request: PersonRequest,
    row: Slice,
    *,
    answered: DriftAlert | None = None,
    form: DriftForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """`form` is a bound one of the alert `answered`, to show again."""
    alerts = []
    for found in watched.alerts_of(row, ended=False):
        refusal = why_not(policies.check_judge_drift, found.alert, by=request.user)
        shown = form if answered is not None and answered == found.alert else DriftForm(found.alert)
        alerts.append((found, refusal, shown))
    context = {
        "slice": row,
        "alerts": alerts,
        "ended": watched.alerts_of(row, ended=True),
        "watched": watched.watched(row),
        "baseline_size": drifting.BASELINE,
    }
    return render(request, "trust/slice_drift.html", context, status=status)
