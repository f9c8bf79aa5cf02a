"""Shows the decision card: fresh, or again with what was typed and what stood in the way."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps.accounts.requests import PersonRequest
from apps.desk.forms import FORMS, DecisionForm, EditForm, SkipForm
from apps.desk.queries import turn
from apps.desk.queries.card import card, titled
from apps.proposals.differences import differences
from apps.reviews.models import Task


def card_page(
    request: PersonRequest,
    task: Task,
    *,
    form: DecisionForm | None = None,
    skip_form: SkipForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of one task. `form` is a bound one to show again."""
    now = timezone.now()
    shown = card(task, by=request.user, now=now)
    forms: dict[str, DecisionForm] = {}
    if shown.is_mine:
        forms = {
            verb: form_class(task, shown.reason_codes, shown.must_type)
            for verb, form_class in FORMS.items()
            if verb in shown.verbs
        }
        if form is not None and form.verb.value in forms:
            forms[form.verb.value] = form
    context = {
        "now": now,
        "card": shown,
        "task": task,
        "proposal": task.proposal,
        "forms": forms,
        "open_verb": form.verb.value if form else "",
        "skip_form": skip_form or SkipForm(),
        "open_skip": skip_form is not None,
        "changes": _changes(form) if form in forms.values() else None,
        "problem": problem,
        "typed": _typed(form) if form and not shown.is_mine else [],
        "undoable": turn.undoable_by(request.user, now=now),
    }
    return render(request, "desk/task_detail.html", context, status=status)


def _changes(form: DecisionForm | None) -> list[dict[str, Any]] | None:
    """What an edit would change, empty for nothing; None when the form is no readable edit."""
    if not isinstance(form, EditForm) or not form.arguments.is_valid():
        return None
    before = form.proposal
    changes = differences({"args": before.args}, {"args": form.arguments.edited})
    return titled(changes, before.action_type.args_schema)


def _typed(form: DecisionForm) -> list[tuple[str, str]]:
    """(label, text) of what was entered in a form that cannot be sent any more."""
    fields = [*form.visible_fields(), *getattr(form, "arguments", ())]
    return [(str(field.label), str(field.value())) for field in fields if field.value()]
