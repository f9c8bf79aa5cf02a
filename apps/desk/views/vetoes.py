"""What is about to happen by itself, and the button that stops it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.policies import why_not
from apps.accounts.requests import PersonRequest
from apps.desk.views.doors import page_or_part
from apps.halts.standing import halts_in
from apps.proposals import acting
from apps.proposals.changes import WrongStatus
from apps.proposals.models import Proposal
from apps.proposals.queries import in_veto_windows
from apps.registry.catalogue import current_book
from apps.registry.states import AgentStatus
from apps.registry.visibility import check_see_workflow, visible_workflows
from apps.trust.granted import acting_among
from apps.trust.policies import check_stop


@require_safe
def veto_list(request: PersonRequest) -> HttpResponse:
    """Every action in its veto window in the workflows this person may read, the next to happen first. htmx asks for
    the part that changes by itself.
    """
    waiting = list(in_veto_windows(visible_workflows(request.user)))
    acting_now = acting_among((one.slice_id, one.agent_version_id) for one in waiting)
    halts = halts_in(current_book())
    is_halted = {
        one.pk: halts.over(workflow_id=one.workflow_id, agent_id=one.agent_id, slice_id=one.slice_id)
        is not None
        for one in waiting
    }
    rows = [
        {
            "proposal": proposal,
            "why_not": why_not(check_stop, proposal.workflow, by=request.user),
            "is_halted": is_halted[proposal.pk],
            "will_act": (proposal.slice_id, proposal.agent_version_id) in acting_now
            and proposal.agent.status == AgentStatus.ACTIVE
            and not is_halted[proposal.pk],
        }
        for proposal in waiting
    ]
    return page_or_part(request, "desk/veto_list.html", "acting", {"rows": rows, "now": timezone.now()})


@require_POST
def veto_stop(request: PersonRequest, proposal_id: UUID) -> HttpResponse:
    """Stop one of them, at once."""
    proposal = get_object_or_404(Proposal.objects.select_related("workflow"), pk=proposal_id)
    check_see_workflow(proposal.workflow, by=request.user)
    try:
        acting.stop(
            proposal_id=proposal_id,
            by=request.user,
            reason=request.POST.get("reason", "")[:500],
            now=timezone.now(),
        )
    except WrongStatus:
        messages.error(request, _("Too late: it is not waiting any more."))
    else:
        messages.success(request, _("Stopped. Its slice is paused until people have looked at enough."))
    return redirect("desk:veto_list")
