"""One version of an agent: what it runs with, how it did when it was tried, and who approved it."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.policies import why_not
from apps.accounts.requests import PersonRequest
from apps.registry import policies
from apps.registry.actions.version_records import record_approval, record_validation
from apps.registry.forms import ApprovalForm, ValidationForm
from apps.registry.models import AgentVersion, VersionRecord

# Both forms stand on one page.
APPROVAL_IDS = "approval_%s"


@require_safe
def version_detail(request: PersonRequest, slug: str, fingerprint: str) -> HttpResponse:
    """The version, with all that is on record about it."""
    version = _version(slug, fingerprint)
    return _page(request, version, ValidationForm(), ApprovalForm(auto_id=APPROVAL_IDS))


@require_POST
def version_validate(request: PersonRequest, slug: str, fingerprint: str) -> HttpResponse:
    """Record how it did."""
    version, form = _version(slug, fingerprint), ValidationForm(request.POST)
    policies.check_record_validation(version.agent, by=request.user)

    def keep() -> VersionRecord:
        values = form.cleaned_data
        share = values["score"] / 100
        return record_validation(
            version=version, by=request.user, now=timezone.now(), **values | {"score": share}
        )

    if form.is_valid() and _kept(form, keep):
        return redirect("registry:version_detail", slug, fingerprint)
    return _page(request, version, form, ApprovalForm(auto_id=APPROVAL_IDS))


@require_POST
def version_approve(request: PersonRequest, slug: str, fingerprint: str) -> HttpResponse:
    """Record that one approves it."""
    version, form = _version(slug, fingerprint), ApprovalForm(request.POST, auto_id=APPROVAL_IDS)
    policies.check_record_approval(version.agent, by=request.user)
    if form.is_valid() and _kept(
        form,
        lambda: record_approval(version=version, by=request.user, now=timezone.now(), **form.cleaned_data),
    ):
        return redirect("registry:version_detail", slug, fingerprint)
    return _page(request, version, ValidationForm(), form)


def _version(slug: str, fingerprint: str) -> AgentVersion:
    rows = AgentVersion.objects.select_related("agent__owner")
    return get_object_or_404(rows, agent__slug=slug, fingerprint=fingerprint)


def _kept(form: ApprovalForm, keep: Callable[[], VersionRecord]) -> bool:
    """Whether it is kept; else the form says why not."""
    try:
        keep()
    except ValidationError as error:
        for message in error.messages:
            form.add_error(None, message)
        return False
    return True


def _page(
    request: PersonRequest, version: AgentVersion, validation: ValidationForm, approval: ApprovalForm
) -> HttpResponse:
    by = request.user
    context = {
        "agent": version.agent,
        "version": version,
        "records": version.records.order_by("-at"),
        "validation": validation,
        "approval": approval,
        "why_not_validate": why_not(policies.check_record_validation, version.agent, by=by),
        "why_not_approve": why_not(policies.check_record_approval, version.agent, by=by),
    }
    status = 422 if validation.errors or approval.errors else 200
    return render(request, "registry/version_detail.html", context, status=status)
