"""Asking the agent about a task, and waiting no longer."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.policies import NotAllowed
from apps.accounts.requests import PersonRequest
from apps.desk.forms.handing import AskForm
from apps.desk.queries.tasks import find_task
from apps.desk.views.cards import card_page
from apps.desk.views.doors import changes, seen_task
from apps.desk.views.onwards import to_next_task
from apps.reviews import asking
from apps.reviews.choosing import Conflict, Invalid


@changes
def task_ask(request: PersonRequest, task_id: UUID) -> HttpResponse:
    """Ask the agent, then on to the next task: this one comes back with the answer."""
    task = seen_task(request, task_id)
    form = AskForm(task, request.POST)
    if not form.is_valid():
        return card_page(request, task, ask_form=form, status=422)
    now = timezone.now()
    try:
        asking.ask(
            task_id=task_id,
            by=request.user,
            text=form.cleaned_data["text"],
            within=timedelta(minutes=form.cleaned_data["minutes"]),
            lease_token=form.cleaned_data["lease_token"],
            now=now,
        )
    except Invalid as invalid:
        form.add_error(invalid.field, str(invalid))
        return card_page(request, task, ask_form=form, status=422)
    except Conflict as conflict:
        return card_page(request, find_task(task_id), ask_form=form, problem=str(conflict), status=409)
    except NotAllowed as refusal:
        return card_page(
            request, seen_task(request, task_id), ask_form=form, problem=refusal.sentence, status=403
        )
    messages.success(request, _("Asked. The task comes back to you with the answer, or in time without it."))
    return to_next_task(request, now=now, queue_id=task.queue_id)


@changes
def task_call_off(request: PersonRequest, task_id: UUID) -> HttpResponse:
    """Wait no longer for the answer: the task comes back at once."""
    seen_task(request, task_id)
    try:
        asking.call_off(task_id=task_id, by=request.user, now=timezone.now())
    except NotAllowed as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, _("The question is called off; the clock runs again."))
    return redirect("desk:task_detail", task_id)
