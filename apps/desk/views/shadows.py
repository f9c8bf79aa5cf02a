"""Saying what one would have done about a shadow proposal."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.requests import PersonRequest
from apps.desk.forms.opinions import OPINIONS, OpinionForm, WouldEdit
from apps.desk.queries.sight import sight
from apps.desk.queries.stories import find_proposal
from apps.desk.views.doors import changes
from apps.desk.views.proposals import story_page
from apps.desk.views.uncovering import is_uncovered
from apps.proposals.models import Proposal
from apps.registry.models import ReasonCode
from apps.reviews import policies
from apps.reviews.choosing import Invalid
from apps.reviews.shadowing import would_have


@changes
def proposal_would_have(request: PersonRequest, proposal_id: UUID) -> HttpResponse:
    """Keep what this person would have done. Other values count only when their difference was on the page.

    When it cannot be kept: the story again, with what was typed and the reason.
    """
    try:
        proposal, task = find_proposal(proposal_id, by=request.user)
    except Proposal.DoesNotExist:
        raise Http404 from None
    policies.check_see_proposal(proposal, task, by=request.user)
    policies.check_would_have(proposal, by=request.user)
    form_class = OPINIONS.get(request.POST.get("verb", ""))
    if form_class is None:
        messages.error(request, _("Say what you would have done."))
        return redirect("desk:proposal_detail", proposal_id)
    form = _form(request, form_class, proposal)
    if not form.is_valid():
        return story_page(request, proposal_id, opinion=form, status=422)
    if isinstance(form, WouldEdit) and not form.was_shown:
        return story_page(request, proposal_id, opinion=form)
    try:
        would_have(proposal_id=proposal_id, by=request.user, choice=form.choice(), now=timezone.now())
    except Invalid as invalid:
        if invalid.field != "verb":
            form.add_error(invalid.field if invalid.field in form.fields else None, str(invalid))
            return story_page(request, proposal_id, opinion=form, status=422)
        # It cannot be said at all any more, so there may be no form to say it at.
        messages.error(request, str(invalid))
    else:
        messages.success(request, _("Kept. Nothing is carried out in shadow."))
    return redirect("desk:proposal_detail", proposal_id)


def _form(request: PersonRequest, form_class: type[OpinionForm], proposal: Proposal) -> OpinionForm:
    codes = list(ReasonCode.objects.filter(workflow_id=proposal.workflow_id))
    uncovered = is_uncovered(request, proposal.pk, now=timezone.now())
    seen = sight(proposal, by=request.user, is_uncovered=uncovered)
    return form_class(proposal, codes, request.POST, seen=seen)
