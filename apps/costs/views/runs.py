"""One run: what was reported of it and what came of it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.accounts.requests import PersonRequest
from apps.audit.replicas import from_replica
from apps.costs import queries
from apps.costs.models import Run
from apps.registry.visibility import check_see_workflow


@require_safe
@from_replica
def run_read(request: PersonRequest, run_id: int) -> HttpResponse:
    """The sums of a run, its reports, its proposals."""
    run = get_object_or_404(Run.objects.select_related("workflow", "agent"), pk=run_id)
    check_see_workflow(run.workflow, by=request.user)
    return render(
        request, "costs/run_read.html", {"run": run, "found": queries.run_page(run, by=request.user)}
    )
