"""Uncovering the hidden values of one proposal, for this session and for a while, and covering them again."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.requests import PersonRequest
from apps.desk.queries.stories import find_proposal
from apps.desk.views.doors import changes
from apps.proposals.models import Proposal
from apps.reviews import policies
from apps.reviews.models import Task
from apps.reviews.uncovering import uncover

LASTS = timedelta(minutes=30)
_KEY = "uncovered"
_MOST = 20


def is_uncovered(request: HttpRequest, proposal_id: UUID, *, now: datetime) -> bool:
    """Whether this session uncovered the proposal's values and may still show them. The right is asked elsewhere."""
    until = request.session.get(_KEY, {}).get(str(proposal_id))
    return until is not None and datetime.fromisoformat(until) > now


@changes
def proposal_uncover(request: PersonRequest, proposal_id: UUID) -> HttpResponse:
    """Show the hidden values of this proposal to the person who asks, and keep that they did."""
    proposal, task = _found(request, proposal_id)
    now = timezone.now()
    uncover(proposal=proposal, task=task, by=request.user, now=now)
    shown = {**request.session.get(_KEY, {}), str(proposal_id): (now + LASTS).isoformat()}
    request.session[_KEY] = dict(sorted(shown.items(), key=lambda pair: pair[1])[-_MOST:])
    minutes = int(LASTS.total_seconds() // 60)
    messages.success(
        request,
        _("Hidden values are shown to you for {minutes} minutes. This is on record.").format(minutes=minutes),
    )
    return _back(request, proposal_id, task)


@changes
def proposal_cover(request: PersonRequest, proposal_id: UUID) -> HttpResponse:
    """Hide the values again."""
    proposal, task = _found(request, proposal_id)
    policies.check_see_proposal(proposal, task, by=request.user)
    kept = dict(request.session.get(_KEY, {}))
    kept.pop(str(proposal_id), None)
    request.session[_KEY] = kept
    return _back(request, proposal_id, task)


def _found(request: PersonRequest, proposal_id: UUID) -> tuple[Proposal, Task | None]:
    try:
        return find_proposal(proposal_id, by=request.user)
    except Proposal.DoesNotExist:
        raise Http404 from None


def _back(request: PersonRequest, proposal_id: UUID, task: Task | None) -> HttpResponse:
    if task is not None and request.POST.get("from") == "task":
        return redirect("desk:task_detail", task.pk)
    return redirect("desk:proposal_detail", proposal_id)
