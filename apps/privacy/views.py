"""The pages of privacy: requests to erase with their progress, certificates, and how long data is kept."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.policies import why_not
from apps.accounts.requests import PersonRequest
from apps.privacy import certifying, ordering, policies, queries
from apps.privacy.certifying import STAYS
from apps.privacy.forms import DeclineForm, OrderForm, RetentionForm
from apps.privacy.models import Certificate, Erasure, Retention
from apps.privacy.retention_setup import (
    BadDays,
    ChangedSince,
    Result,
    confirm_retention,
    decline_retention,
    set_retention,
)
from apps.privacy.states import ErasureStatus
from apps.registry.models import Workflow

_RESULTS = {
    Result.NOTHING: gettext_lazy("Nothing was changed."),
    Result.SET: gettext_lazy("Saved."),
    Result.ORDERED: gettext_lazy("It waits for a second person: what is erased cannot be brought back."),
}


def erasure_list(request: PersonRequest) -> HttpResponse:
    """Requests, the newest first, and the form for another one."""
    policies.check_read(by=request.user)
    form = OrderForm(request.user, request.POST or None)
    if request.method == "POST":
        policies.check_order_any(by=request.user)
        if form.is_valid():
            try:
                made = ordering.order(by=request.user, now=timezone.now(), **form.cleaned_data)
            except ordering.NotOrdered as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("It waits for a second person."))
                return redirect("privacy:erasure_read", made.pk)
    context = {
        "erasures": queries.erasures(request.user),
        "form": form,
        "why_not": why_not(policies.check_order_any, by=request.user),
        "stays": STAYS,
    }
    return render(request, "privacy/erasure_list.html", context, status=422 if form.errors else 200)


@require_safe
def erasure_read(request: PersonRequest, erasure_id: UUID) -> HttpResponse:
    """One request: where it stands, what it erases or erased, what it kept."""
    return _page(request, _seen(request, erasure_id))


@require_safe
def erasure_progress(request: PersonRequest, erasure_id: UUID) -> HttpResponse:
    """How far it is; when it has ended, the whole page is fetched."""
    erasure = _seen(request, erasure_id)
    if not erasure.is_unfinished:
        return HttpResponseClientRefresh()
    return render(request, "privacy/_erasure_progress.html", _context(request, erasure))


@require_POST
def erasure_confirm(request: PersonRequest, erasure_id: UUID) -> HttpResponse:
    """Confirm it as a second person."""
    erasure = _seen(request, erasure_id)
    try:
        ordering.confirm(erasure_id=erasure.pk, by=request.user, now=timezone.now())
    except ordering.NotOrdered as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It is confirmed: erasing begins."))
    return redirect("privacy:erasure_read", erasure.pk)


@require_POST
def erasure_decline(request: PersonRequest, erasure_id: UUID) -> HttpResponse:
    """Decline it, with a reason."""
    erasure, form = _seen(request, erasure_id), DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, erasure, form)
    reason = form.cleaned_data["reason"]
    row = ordering.decline(erasure_id=erasure.pk, reason=reason, by=request.user, now=timezone.now())
    if row.done:
        messages.success(request, _("It is declined: what was erased stays erased."))
    else:
        messages.success(request, _("It is declined: nothing was erased."))
    return redirect("privacy:erasure_read", erasure.pk)


@require_POST
def erasure_retry(request: PersonRequest, erasure_id: UUID) -> HttpResponse:
    """Have one that broke off gone on with."""
    erasure = _seen(request, erasure_id)
    ordering.retry(erasure_id=erasure.pk, by=request.user, now=timezone.now())
    messages.success(request, _("It goes on soon."))
    return redirect("privacy:erasure_read", erasure.pk)


@require_safe
def certificate_read(request: PersonRequest, erasure_id: UUID) -> HttpResponse:
    """The certificate, to be read and printed; whether it still holds is looked at each time."""
    certificate = _certificate(request, erasure_id)
    context = {
        "certificate": certificate,
        "content": certificate.content,
        "rows": queries.row_counts(certificate.content["rows"]),
        "verdict": certifying.check(certifying.document(certificate)),
    }
    return render(request, "privacy/certificate_read.html", context)


@require_safe
def certificate_download(request: PersonRequest, erasure_id: UUID) -> HttpResponse:
    """The certificate as a file, for `manage.py erasure_check`."""
    certificate = _certificate(request, erasure_id)
    response = JsonResponse(certifying.document(certificate), json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="erasure-{erasure_id}.json"'
    return response


@require_safe
def retention_list(request: PersonRequest) -> HttpResponse:
    """How long each workflow keeps what, and what went lately."""
    policies.check_read(by=request.user)
    context = {
        "lines": queries.kept_lines(request.user),
        "orders": queries.retention_orders(request.user, now=timezone.now()),
        "days": queries.erased_days(request.user),
        "can_set": not why_not(policies.check_set_retention, by=request.user),
        "stays": STAYS,
    }
    return render(request, "privacy/retention_list.html", context)


def retention_edit(request: PersonRequest, slug: str) -> HttpResponse:
    """Set how long one workflow keeps data."""
    policies.check_set_retention(by=request.user)
    workflow = get_object_or_404(Workflow, slug=slug)
    row = Retention.objects.filter(workflow=workflow).first()
    form = RetentionForm(row, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            result = set_retention(
                workflow=workflow, keeping=form.keeping(), by=request.user, now=timezone.now()
            )
        except BadDays as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _RESULTS[result])
            return redirect("privacy:retention_list")
    context = {"workflow": workflow, "form": form}
    return render(request, "privacy/retention_edit.html", context, status=422 if form.errors else 200)


@require_POST
def retention_confirm(request: PersonRequest, slug: str) -> HttpResponse:
    """Confirm as a second person that data is kept for a shorter time."""
    workflow = get_object_or_404(Workflow, slug=slug, retention__isnull=False)
    seen = request.POST.get("seen", "")
    try:
        confirm_retention(workflow=workflow, seen=seen, by=request.user, now=timezone.now())
    except ChangedSince as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It counts: what is older goes with the next sweep."))
    return redirect("privacy:retention_list")


@require_POST
def retention_decline(request: PersonRequest, slug: str) -> HttpResponse:
    """Keep everything as long as before."""
    workflow = get_object_or_404(Workflow, slug=slug, retention__isnull=False)
    decline_retention(workflow=workflow, by=request.user, now=timezone.now())
    messages.success(request, _("It is declined: data is kept as long as before."))
    return redirect("privacy:retention_list")


def _seen(request: PersonRequest, erasure_id: UUID) -> Erasure:
    policies.check_read(by=request.user)
    rows = Erasure.objects.select_related(
        "workflow", "ordered_by", "confirmed_by", "declined_by", "certificate"
    )
    erasure = get_object_or_404(rows, pk=erasure_id)
    policies.check_read_one(erasure, by=request.user)
    return erasure


def _certificate(request: PersonRequest, erasure_id: UUID) -> Certificate:
    erasure = _seen(request, erasure_id)
    return get_object_or_404(Certificate, erasure=erasure)


def _page(request: PersonRequest, erasure: Erasure, form: DeclineForm | None = None) -> HttpResponse:
    context = _context(request, erasure) | {"decline_form": form or DeclineForm()}
    return render(request, "privacy/erasure_read.html", context, status=422 if form else 200)


def _context(request: PersonRequest, erasure: Erasure) -> dict[str, Any]:
    by = request.user
    return {
        "erasure": erasure,
        "percent": min(100, round(100 * erasure.done / erasure.found)) if erasure.found else 0,
        "rows": queries.row_counts(erasure.rows),
        "proposals": queries.proposals_of(erasure),
        "waits": erasure.status == ErasureStatus.ORDERED,
        "why_not_confirm": why_not(policies.check_confirm, erasure, by=by),
        "can_decline": not why_not(policies.check_decline, erasure, by=by),
        "can_retry": not why_not(policies.check_retry, erasure, by=by),
    }
