"""Pages of workflows: who answers for each, and what may be proposed in it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.registry import queries
from apps.registry.models import Workflow


@require_safe
def workflow_list(request: HttpRequest) -> HttpResponse:
    """Every workflow with its business owner and how many may propose what."""
    return render(request, "registry/workflow_list.html", {"workflows": queries.workflows()})


@require_safe
def workflow_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The five roles by name, the action types, the reason codes, the agents let in."""
    workflow = get_object_or_404(queries.workflows(), slug=slug)
    context = {
        "workflow": workflow,
        "reviewers": workflow.reviewers.user_set.filter(is_active=True).order_by("name"),
        "action_types": workflow.action_types.order_by("-is_active", "title"),
        "reason_codes": workflow.reason_codes.all(),
        "grants": workflow.agent_grants.select_related("agent").order_by("agent__name"),
    }
    return render(request, "registry/workflow_detail.html", context)


@require_safe
def action_type_detail(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """One action type: its arguments, its stakes, its schema."""
    workflow = get_object_or_404(Workflow, slug=slug)
    # PostgreSQL cannot compare a NUL, which a path may carry: no name has one.
    action_type = get_object_or_404(workflow.action_types, name=name.replace("\0", "/"))
    context = {
        "workflow": workflow,
        "action_type": action_type,
        "arguments": queries.described_arguments(action_type),
        "schema_text": queries.schema_text(action_type),
    }
    return render(request, "registry/action_type_detail.html", context)
