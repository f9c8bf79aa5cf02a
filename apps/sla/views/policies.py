"""Pages on which people read SLA policies with their history, and admins write new versions."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.policies import can_manage_people, check_manage_people
from apps.accounts.requests import PersonRequest
from apps.sla import queries, retargeting
from apps.sla.hours import CalendarError
from apps.sla.models import SlaPolicyVersion
from apps.sla.policy_forms import PolicyAddForm, PolicyForm
from apps.sla.policy_setup import save_policy


@require_safe
def policy_list(request: PersonRequest) -> HttpResponse:
    """Every policy as it is now."""
    context = {
        "versions": queries.current_policy_versions(),
        "can_manage": can_manage_people(request.user),
    }
    return render(request, "sla/policy_list.html", context)


@require_safe
def policy_read(request: PersonRequest, slug: str) -> HttpResponse:
    """A policy's targets, its history, and how much runs by older versions."""
    versions = queries.policy_versions(slug)
    if not versions:
        raise Http404
    can_manage = can_manage_people(request.user)
    context = {
        "policy": versions[0].policy,
        "version": versions[0],
        "versions": versions,
        "older": retargeting.count_older(versions[0]) if can_manage else 0,
        "can_manage": can_manage,
    }
    return render(request, "sla/policy_read.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def policy_add(request: PersonRequest) -> HttpResponse:
    """Make a policy."""
    check_manage_people(request.user)
    return _edit(request, PolicyAddForm(request.POST or None), None)


@require_http_methods(["GET", "HEAD", "POST"])
def policy_edit(request: PersonRequest, slug: str) -> HttpResponse:
    """Write a new version; what is open keeps the old one until it is applied."""
    check_manage_people(request.user)
    version = next(iter(queries.policy_versions(slug)), None)
    if version is None:
        raise Http404
    form = PolicyForm(request.POST or None, initial=PolicyForm.written(version))
    return _edit(request, form, version)


def _edit(request: PersonRequest, form: PolicyForm, version: SlaPolicyVersion | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        slug = version.policy.slug if version else form.cleaned_data["slug"]
        try:
            save_policy(
                slug=slug,
                name=form.cleaned_data["name"],
                targets=form.targets(),
                reason=form.cleaned_data["reason"],
                by=request.user,
                now=timezone.now(),
            )
        except CalendarError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. New work counts by it; what is open keeps its targets."))
            return redirect("sla:policy_read", slug)
    context = {"form": form, "policy": version.policy if version else None}
    return render(request, "sla/policy_edit.html", context, status=422 if form.errors else 200)
