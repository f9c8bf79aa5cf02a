"""Saying what is right in a case, ruling on disputes, and retiring known cases: for leads and governance."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.requests import PersonRequest
from apps.desk.forms.quality import AdjudicateForm, RetireForm, RulingForm
from apps.desk.queries.known_cases import find_dispute, offered_answers
from apps.desk.queries.stories import find_proposal
from apps.desk.views.doors import changes
from apps.proposals.models import Proposal
from apps.reviews import policies
from apps.reviews.adjudicating import adjudicate, retire
from apps.reviews.choosing import Invalid
from apps.reviews.disputing import rule
from apps.reviews.knowing import note_read
from apps.reviews.models import GoldCase, GoldDispute
from apps.reviews.states import Ruling

NOTHING = "nothing"


def case_adjudicate(request: PersonRequest, proposal_id: UUID) -> HttpResponse:
    """Put a settled case with its right answer into the bank."""
    try:
        proposal, task = find_proposal(proposal_id, by=request.user)
    except Proposal.DoesNotExist:
        raise Http404 from None
    policies.check_see_proposal(proposal, task, by=request.user)
    policies.check_adjudicate(proposal, task, by=request.user)
    offered = [(sha or NOTHING, label) for sha, label in offered_answers(proposal)]
    form = AdjudicateForm(offered, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        answer = form.cleaned_data["answer"]
        try:
            adjudicate(
                proposal_id=proposal_id,
                answers=["" if answer == NOTHING else answer],
                explanation=form.cleaned_data["explanation"],
                by=request.user,
                now=timezone.now(),
            )
        except Invalid as invalid:
            form.add_error(invalid.field if invalid.field in form.fields else None, str(invalid))
        else:
            messages.success(request, _("It is in the bank of known cases now."))
            return redirect("desk:proposal_detail", proposal_id)
    context = {"form": form, "proposal": proposal, "task": task}
    return render(request, "desk/case_adjudicate.html", context, status=422 if form.is_bound else 200)


def dispute_rule(request: PersonRequest, dispute_id: UUID) -> HttpResponse:
    """Rule on what a reviewer disputes."""
    try:
        found = find_dispute(dispute_id)
    except GoldDispute.DoesNotExist:
        raise Http404 from None
    policies.check_rule(found.dispute, found.case, by=request.user)
    note_read([found.case.pk], by=request.user, now=timezone.now())
    form = RulingForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            rule(
                dispute_id=dispute_id,
                ruling=Ruling(form.cleaned_data["ruling"]),
                note=form.cleaned_data["note"],
                by=request.user,
                now=timezone.now(),
            )
        except Invalid as invalid:
            form.add_error(invalid.field if invalid.field in form.fields else None, str(invalid))
        else:
            messages.success(request, _("Ruled. The reviewer is told."))
            return redirect("desk:queue_checks", found.queue.slug)
    context: dict[str, Any] = {"form": form, "found": found}
    return render(request, "desk/dispute_rule.html", context, status=422 if form.is_bound else 200)


@changes
def case_retire(request: PersonRequest, case_id: UUID) -> HttpResponse:
    """Show a known case no more."""
    form = RetireForm(request.POST)
    back = redirect("desk:queue_list")
    slug = request.POST.get("queue", "")
    if slug.isascii() and slug.replace("-", "").replace("_", "").isalnum():
        back = redirect("desk:queue_checks", slug)
    if not form.is_valid():
        messages.warning(request, _("Say why it is retired."))
        return back
    try:
        retire(case_id=case_id, by=request.user, now=timezone.now(), **form.cleaned_data)
    except GoldCase.DoesNotExist:
        raise Http404 from None
    except Invalid as invalid:
        messages.warning(request, str(invalid))
    else:
        messages.success(request, _("Retired: it is shown no more."))
    return back
