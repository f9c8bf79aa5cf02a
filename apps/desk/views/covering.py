"""Shows a task to whoever has to say first what they would do: fresh, or again with what was typed and what failed."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps.accounts.policies import allows
from apps.accounts.requests import PersonRequest
from apps.desk.forms.handing import DelegateForm, EmergencyForm, EscalateForm, SkipForm
from apps.desk.forms.picking import PickForm
from apps.desk.queries import turn
from apps.desk.queries.covered import Covered, covered
from apps.desk.queries.news import news_for
from apps.desk.views.glass import emergency_facts
from apps.desk.views.typed import typed
from apps.desk.views.uncovering import is_uncovered
from apps.reviews import moving, policies
from apps.reviews.models import Task


def is_kept_from(request: PersonRequest, task: Task) -> bool:
    """Whether what the agent proposed is kept from this person still. No query where nobody has to pick first."""
    return task.is_covered and not allows(
        policies.check_see_choice, task, by=request.user, queues=policies.queue_ids(request.user)
    )


def shown_to(request: PersonRequest, task: Task) -> Covered:
    """The covered card of this person."""
    now = timezone.now()
    uncovered = is_uncovered(request, task.proposal_id, now=now)
    return covered(task, by=request.user, now=now, is_uncovered=uncovered)


def covered_page(
    request: PersonRequest,
    task: Task,
    *,
    form: PickForm | None = None,
    skip_form: SkipForm | None = None,
    delegate_form: DelegateForm | None = None,
    escalate_form: EscalateForm | None = None,
    emergency_form: EmergencyForm | None = None,
    typed_in: forms.Form | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page. The forms are bound ones to show again; `typed_in` is one that has no place on it."""
    now = timezone.now()
    shown = shown_to(request, task)
    can_escalate = task.status in moving.UNANSWERED and (
        shown.is_mine or allows(policies.check_hurry, task, by=request.user)
    )
    emergency = emergency_facts(request, task, shown.seen, is_mine=shown.is_mine, form=emergency_form)
    unplaced = (
        typed_in
        or (None if shown.is_mine else form or skip_form or delegate_form)
        or (None if can_escalate else escalate_form)
        or (None if emergency["can_break"] else emergency_form)
    )
    context: dict[str, Any] = {
        "now": now,
        "is_content_only": request.htmx.target == "content",
        "card": shown,
        "task": task,
        "proposal": task.proposal,
        "form": form if form is not None and shown.is_mine else PickForm(shown),
        "forms": {},
        "is_covered": True,
        "skip_form": skip_form or SkipForm(),
        "open_skip": skip_form is not None,
        "delegate_form": delegate_form,
        "escalate_form": escalate_form or EscalateForm(),
        "open_escalate": escalate_form is not None,
        "can_escalate": can_escalate,
        **emergency,
        "problem": problem,
        "typed": typed(unplaced),
        "news": news_for(request.user),
        "undoable": turn.undoable_by(request.user, now=now),
    }
    return render(request, "desk/task_pick.html", context, status=status)
