"""Finding a proposal, and its story from intake to outcome."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps.accounts.requests import PersonRequest
from apps.desk.queries import stories
from apps.proposals.models import Proposal
from apps.reviews import policies

_LONGEST = 200


@require_safe
def proposal_list(request: PersonRequest) -> HttpResponse:
    """The newest proposals, or those an id or a subject names. A single hit opens at once."""
    text = request.GET.get("text", "").replace("\0", "").strip()[:_LONGEST]
    found = stories.find(request.user, text=text, after=request.GET.get("after", ""))
    if text and len(found.proposals) == 1:
        return redirect("desk:proposal_detail", found.proposals[0].pk)
    context = {"found": found, "text": text, "is_first": "after" not in request.GET}
    return render(request, "desk/proposal_list.html", context)


@require_safe
def proposal_detail(request: PersonRequest, proposal_id: UUID) -> HttpResponse:
    """The story of one proposal."""
    try:
        proposal, task = stories.find_proposal(proposal_id)
    except Proposal.DoesNotExist:
        raise Http404 from None
    policies.check_see_proposal(proposal, task, by=request.user)
    return render(
        request, "desk/proposal_detail.html", {"story": stories.story(proposal, task, by=request.user)}
    )
