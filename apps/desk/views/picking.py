"""Saying what one would do before the agent's choice is shown."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from apps.accounts.policies import NotAllowed
from apps.accounts.requests import PersonRequest
from apps.desk.forms.picking import PickForm
from apps.desk.views.cards import card_page
from apps.desk.views.covering import shown_to
from apps.desk.views.doors import changes, seen_task
from apps.reviews.choosing import Conflict, Invalid
from apps.reviews.picking import pick


@changes
def task_pick(request: PersonRequest, task_id: UUID) -> HttpResponse:
    """Keep the pick; then the whole card, to decide. When it cannot be: the page again, with what was typed and why."""
    task = seen_task(request, task_id)
    form = PickForm(shown_to(request, task), request.POST)
    if not form.is_valid():
        return card_page(request, task, pick_form=form, status=422)
    try:
        pick(
            task_id=task_id,
            by=request.user,
            picked=form.picked(),
            lease_token=form.cleaned_data["lease_token"],
            version=form.cleaned_data["version"],
            now=timezone.now(),
        )
    except Invalid as invalid:
        problem = str(invalid)
        if invalid.field in form.fields:
            form.add_error(invalid.field, problem)
            problem = ""
        return card_page(request, seen_task(request, task_id), pick_form=form, problem=problem, status=422)
    except (Conflict, NotAllowed) as refusal:
        status = 409 if isinstance(refusal, Conflict) else 403
        again = seen_task(request, task_id)
        return card_page(request, again, pick_form=form, problem=str(refusal), status=status)
    return redirect("desk:task_detail", task_id)
