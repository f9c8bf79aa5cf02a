"""Finding a proposal, and its story from intake to outcome."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.policies import allows
from apps.accounts.requests import PersonRequest
from apps.desk.forms.opinions import OPINIONS, OpinionForm, WouldEdit
from apps.desk.queries import stories
from apps.desk.queries.changes import action_differences
from apps.desk.views.covering import is_kept_from
from apps.desk.views.uncovering import is_uncovered
from apps.proposals.models import Proposal
from apps.proposals.policies import check_report_outcome
from apps.proposals.states import DecidedBy
from apps.reviews import policies
from apps.routing.states import Verb

_LONGEST = 200


@require_safe
def proposal_list(request: PersonRequest) -> HttpResponse:
    """The newest proposals, or those an id or a subject names. A single hit opens at once."""
    text = request.GET.get("text", "").replace("\0", "").strip()[:_LONGEST]
    found = stories.find(request.user, text=text, after=request.GET.get("after", ""))
    if text and len(found.proposals) == 1 and "after" not in request.GET:
        return redirect("desk:proposal_detail", found.proposals[0].pk)
    context = {"found": found, "text": text, "is_first": "after" not in request.GET}
    return render(request, "desk/proposal_list.html", context)


@require_safe
def proposal_detail(request: PersonRequest, proposal_id: UUID) -> HttpResponse:
    """The story of one proposal."""
    return story_page(request, proposal_id)


@require_safe
def proposal_print(request: PersonRequest, proposal_id: UUID) -> HttpResponse:
    """What was decided, by whom and on what, on paper."""
    return story_page(request, proposal_id, "desk/proposal_print.html")


def story_page(
    request: PersonRequest,
    proposal_id: UUID,
    template: str = "desk/proposal_detail.html",
    *,
    opinion: OpinionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Who has to say first what they would do about it is led to where they say it. `opinion` is a bound form of what
    this person would have done, to show again.
    """
    try:
        proposal, task = stories.find_proposal(proposal_id, by=request.user)
    except Proposal.DoesNotExist:
        raise Http404 from None
    policies.check_see_proposal(proposal, task, by=request.user)
    if task is not None and is_kept_from(request, task):
        messages.info(request, _("Say first what you would do yourself: then its story is shown."))
        return redirect("desk:task_detail", task.pk)
    now = timezone.now()
    uncovered = is_uncovered(request, proposal_id, now=now)
    story = stories.story(proposal, task, by=request.user, is_uncovered=uncovered)
    can_adjudicate = (
        story.resolution is not None
        and not proposal.is_copy
        and story.resolution.decided_by_type == DecidedBy.HUMAN
        and allows(policies.check_adjudicate, proposal, task, by=request.user)
    )
    can_report = allows(check_report_outcome, proposal, by=request.user)
    context = {"story": story, "now": now, "can_adjudicate": can_adjudicate, "can_report": can_report}
    return render(request, template, context | _opinions(story, opinion), status=status)


def _opinions(story: stories.Story, opinion: OpinionForm | None) -> dict[str, Any]:
    """The forms in which this person says what they would have done; and of a readable edit what it changes."""
    asked = story.would_have
    if asked is None or asked.has_said:
        return {}
    forms = {
        verb: form(story.proposal, asked.reasons, seen=story.seen)
        for verb, form in OPINIONS.items()
        if verb != Verb.CHOOSE_ALTERNATIVE or story.choices
    }
    changes = None
    if opinion is not None:
        forms[opinion.verb.value] = opinion
    if isinstance(opinion, WouldEdit) and opinion.arguments.is_valid():
        kind = story.proposal.action_type
        own, edited = (kind.name, story.proposal.args), (kind.name, opinion.arguments.edited)
        changes = action_differences(own, edited, kind.args_schema, story.seen)
    return {"opinions": forms, "open_opinion": opinion.verb.value if opinion else "", "changes": changes}
