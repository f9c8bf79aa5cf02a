"""Shows the decision card: fresh, or again with what was typed and what stood in the way."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps.accounts.policies import allows
from apps.accounts.requests import PersonRequest
from apps.desk.forms.decisions import FORMS, DecisionForm, EditForm
from apps.desk.forms.handing import AskForm, DelegateForm, EmergencyForm, EscalateForm, SkipForm
from apps.desk.forms.picking import PickForm
from apps.desk.opened import note
from apps.desk.queries import turn
from apps.desk.queries.card import card
from apps.desk.queries.changes import action_differences
from apps.desk.queries.granting import granted
from apps.desk.queries.news import news_for
from apps.desk.queries.sight import Sight
from apps.desk.views.covering import covered_page, is_kept_from
from apps.desk.views.doors import varied
from apps.desk.views.glass import emergency_facts
from apps.desk.views.typed import typed
from apps.desk.views.uncovering import is_uncovered
from apps.reviews import moving, policies
from apps.reviews.models import Task


def opened_card(request: PersonRequest, task: Task) -> HttpResponse:
    """The page of a task that somebody comes to."""
    note(request.session, task)
    return varied(card_page(request, task))


def card_page(
    request: PersonRequest,
    task: Task,
    *,
    form: DecisionForm | None = None,
    skip_form: SkipForm | None = None,
    ask_form: AskForm | None = None,
    delegate_form: DelegateForm | None = None,
    escalate_form: EscalateForm | None = None,
    pick_form: PickForm | None = None,
    emergency_form: EmergencyForm | None = None,
    typed_in: forms.Form | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of one task. The forms are bound ones to show again; `typed_in` is one that has no place on it.

    Who has to say first what they would do gets that page instead.
    """
    if is_kept_from(request, task):
        return covered_page(
            request,
            task,
            form=pick_form,
            skip_form=skip_form,
            delegate_form=delegate_form,
            escalate_form=escalate_form,
            emergency_form=emergency_form,
            typed_in=typed_in or form or ask_form,
            problem=problem,
            status=status,
        )
    now = timezone.now()
    uncovered = is_uncovered(request, task.proposal_id, now=now)
    shown = card(task, by=request.user, now=now, is_uncovered=uncovered)
    by_verb: dict[str, DecisionForm] = {}
    if shown.is_mine:
        by_verb = {
            verb: form_class(task, shown.reason_codes, seen=shown.seen, contested=shown.is_contested)
            for verb, form_class in FORMS.items()
            if verb in shown.verbs
        }
        if form is not None and form.verb.value in by_verb:
            by_verb[form.verb.value] = form
    can_escalate = task.status in moving.UNANSWERED and (
        shown.is_mine or allows(policies.check_hurry, task, by=request.user)
    )
    emergency = emergency_facts(request, task, shown.seen, is_mine=shown.is_mine, form=emergency_form)
    unplaced = (
        typed_in
        or pick_form
        or (None if shown.is_mine else skip_form or delegate_form)
        or (None if can_escalate else escalate_form)
        or (None if emergency["can_break"] else emergency_form)
    )
    context = {
        "now": now,
        "is_content_only": request.htmx.target == "content",
        "card": shown,
        "task": task,
        "proposal": task.proposal,
        "forms": by_verb,
        "open_verb": form.verb.value if form else "",
        "skip_form": skip_form or SkipForm(),
        "open_skip": skip_form is not None,
        "ask_form": ask_form or AskForm(task),
        "open_ask": ask_form is not None,
        "delegate_form": delegate_form,
        "escalate_form": escalate_form or EscalateForm(),
        "open_escalate": escalate_form is not None,
        "can_escalate": can_escalate,
        **emergency,
        **_edited(form if form in by_verb.values() else None, shown.seen),
        "problem": problem,
        "typed": typed(pick_form) if shown.is_mine else typed(form or ask_form or unplaced),
        "news": news_for(request.user),
        "undoable": turn.undoable_by(request.user, now=now),
    }
    return render(request, "desk/task_detail.html", context, status=status)


def _edited(form: DecisionForm | None, seen: Sight) -> dict[str, Any]:
    """`changes` of an edit, empty for nothing, None when the form is no readable edit; and what would be granted."""
    if not isinstance(form, EditForm) or not form.arguments.is_valid():
        return {"changes": None}
    proposal = form.proposal
    name = proposal.action_type.name
    own, edited = (name, proposal.args), (name, form.arguments.edited)
    return {
        "changes": action_differences(own, edited, proposal.args_schema, seen),
        "granted_edited": granted(proposal, edited, seen),
    }
