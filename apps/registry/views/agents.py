"""Pages of agents: what each may propose, its versions and keys; and the stop button."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.requests import PersonRequest
from apps.registry import actions, policies, queries
from apps.registry.forms import ReasonForm
from apps.registry.models import Agent


@require_safe
def agent_list(request: PersonRequest) -> HttpResponse:
    """Every agent with its owner, status and workflows."""
    return render(request, "registry/agent_list.html", {"agents": queries.agents()})


@require_safe
def agent_detail(request: PersonRequest, slug: str) -> HttpResponse:
    """One agent."""
    return agent_page(
        request, get_object_or_404(Agent.objects.select_related("owner"), slug=slug), ReasonForm()
    )


@require_POST
def agent_suspend(request: PersonRequest, slug: str) -> HttpResponse:
    """Stop an agent at once, with a reason."""
    agent, form = (
        get_object_or_404(Agent.objects.select_related("owner"), slug=slug),
        ReasonForm(request.POST),
    )
    if not form.is_valid():
        return agent_page(request, agent, form)
    actions.suspend_agent(
        agent=agent, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now()
    )
    messages.success(
        request, _("%(agent)s is suspended: its next request is refused.") % {"agent": agent.name}
    )
    return redirect("registry:agent_detail", slug)


@require_POST
def agent_resume(request: PersonRequest, slug: str) -> HttpResponse:
    """Let a suspended agent in again, with a reason."""
    agent, form = (
        get_object_or_404(Agent.objects.select_related("owner"), slug=slug),
        ReasonForm(request.POST),
    )
    if not form.is_valid():
        return agent_page(request, agent, form)
    actions.resume_agent(agent=agent, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
    messages.success(request, _("%(agent)s is let in again.") % {"agent": agent.name})
    return redirect("registry:agent_detail", slug)


def agent_page(request: PersonRequest, agent: Agent, reason_form: ReasonForm) -> HttpResponse:
    """The page of one agent, with the reason form as it was filled in."""
    by, now = request.user, timezone.now()
    can_see_keys = policies.can_see_keys(agent, by=by)
    context = {
        "agent": agent,
        "grants": agent.grants.select_related("workflow").order_by("workflow__name"),
        "versions": queries.newest_versions(agent)[:20],
        "version_count": agent.versions.count(),
        "can_see_keys": can_see_keys,
        "keys": queries.keys_with_moves(agent, by=by, now=now) if can_see_keys else [],
        "can_issue": policies.can_register(by),
        "can_suspend": policies.can_suspend(agent, by=by),
        "can_resume": policies.can_resume(agent, by=by),
        "reason_form": reason_form,
    }
    return render(request, "registry/agent_detail.html", context, status=422 if reason_form.errors else 200)
