"""What the address of a page names, for whoever may see it. Views call it first."""

from django.shortcuts import get_object_or_404

from apps.accounts.requests import PersonRequest
from apps.registry.models import Workflow
from apps.registry.visibility import check_see_workflow


def seen_workflow(request: PersonRequest, slug: str) -> Workflow:
    """The workflow of this name. Raises Http404, and NotAllowed where this person may not read what happens in it."""
    workflow = get_object_or_404(Workflow, slug=slug)
    check_see_workflow(workflow, by=request.user)
    return workflow
