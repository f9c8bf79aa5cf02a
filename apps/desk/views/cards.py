"""Shows the decision card: fresh, or again with what was typed and what stood in the way."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps.accounts.requests import PersonRequest
from apps.desk.forms import FORMS, DecisionForm, SkipForm
from apps.desk.queries import turn
from apps.desk.queries.card import card
from apps.reviews.models import Task


def card_page(
    request: PersonRequest,
    task: Task,
    *,
    form: DecisionForm | None = None,
    skip_form: SkipForm | None = None,
    changes: list[dict[str, Any]] | None = None,
    shown_sha256: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of one task. `form` is the bound one to show again; `changes` what an edit would change, `shown_sha256` its digest."""
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
        "changes": changes,
        "shown_sha256": shown_sha256,
        "problem": problem,
        "typed": _typed(form) if form and not shown.is_mine else [],
        "undoable": turn.undoable_by(request.user, now=now),
    }
    return render(request, "desk/task_detail.html", context, status=status)


def _typed(form: DecisionForm) -> list[tuple[str, str]]:
    """(label, text) of what was entered in a form that cannot be sent any more."""
    fields = [*form.visible_fields(), *getattr(form, "arguments", ())]
    return [(str(field.label), str(field.value())) for field in fields if field.value()]
