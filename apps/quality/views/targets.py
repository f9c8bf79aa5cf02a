"""What is wanted of a workflow, on one page; and answering an alert."""

from collections.abc import Collection

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.models import User
from apps.accounts.requests import PersonRequest
from apps.quality import policies
from apps.quality.alerting import acknowledge
from apps.quality.forms import AcknowledgeForm, TargetForm, target_forms
from apps.quality.models import Alert, Target
from apps.quality.target_setup import TargetError, set_target
from apps.registry.models import Workflow
from apps.registry.seen import seen_workflow
from apps.registry.visibility import check_see_workflow


def targets_edit(request: PersonRequest, slug: str) -> HttpResponse:
    """Target, alert and owner of every figure; all of it is saved, or nothing."""
    workflow = seen_workflow(request, slug)
    policies.check_set_targets(by=request.user)
    rows = {row.figure: row for row in Target.objects.filter(workflow=workflow)}
    people = User.objects.filter(is_active=True).order_by("name")
    data = request.POST if request.method == "POST" else None
    forms = target_forms(rows, list(people), workflow.process_owner_id, data)
    are_valid = [form.is_valid() for form in forms]
    if data is not None and all(are_valid) and _save(request, workflow, forms, rows):
        messages.success(request, _("Saved. Alerts are looked at within ten minutes."))
        return redirect("quality:scorecard_read", slug)
    is_wrong = any(form.errors for form in forms)
    context = {"workflow": workflow, "forms": forms}
    return render(request, "quality/targets_edit.html", context, status=422 if is_wrong else 200)


@require_POST
def alert_acknowledge(request: PersonRequest, alert_id: int) -> HttpResponse:
    """The owner of an alert says that they know, and what is done."""
    alert = get_object_or_404(Alert.objects.select_related("target__workflow"), pk=alert_id)
    workflow = alert.target.workflow
    check_see_workflow(workflow, by=request.user)
    form = AcknowledgeForm(request.POST)
    if form.is_valid():
        acknowledge(alert_id=alert.pk, by=request.user, note=form.cleaned_data["note"], now=timezone.now())
        messages.success(request, _("Kept with the alert. It ends by itself when the figure is back."))
    else:
        messages.error(request, _("Say what is done about it: whoever reads the alert wants to know."))
    return redirect("quality:scorecard_read", workflow.slug)


def _save(request: PersonRequest, workflow: Workflow, forms: list[TargetForm], rows: Collection[str]) -> bool:
    """Whether all were saved; where not, the form says why."""
    with transaction.atomic():
        for form in forms:
            if not form.wanted.is_said and form.definition.key not in rows:
                continue
            owner = form.cleaned_data["owner"]
            try:
                set_target(
                    workflow=workflow, wanted=form.wanted, owner=owner, by=request.user, now=timezone.now()
                )
            except TargetError as error:
                form.add_error("owner", str(error))
                transaction.set_rollback(True)
                return False
    return True
