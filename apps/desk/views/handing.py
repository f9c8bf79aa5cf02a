"""Handing a task to a named person, and asking its escalation chain to move now."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, allows
from apps.accounts.requests import PersonRequest
from apps.desk.forms.handing import DelegateForm, EscalateForm
from apps.desk.queries.candidates import candidates
from apps.desk.queries.tasks import find_task
from apps.desk.views.cards import card_page
from apps.desk.views.doors import changes, page_or_part, seen_task
from apps.desk.views.onwards import to_next_task
from apps.reviews import delegating, moving, policies
from apps.reviews.choosing import Conflict, Invalid
from apps.reviews.models import Task


def task_delegate(request: PersonRequest, task_id: UUID) -> HttpResponse:
    """Whom one may hand the task to (a page, or its form alone for htmx), and handing it over: on to the next task."""
    if request.method == "POST":
        return _delegated(request, task_id=task_id)
    task = seen_task(request, task_id)
    if not allows(policies.check_held, task, by=request.user):
        return redirect("desk:task_detail", task_id)
    form = DelegateForm(task, candidates(task, by=request.user, now=timezone.now()))
    context = {"task": task, "proposal": task.proposal, "form": form}
    return page_or_part(request, "desk/task_delegate.html", "delegate", context)


@changes
def task_escalate(request: PersonRequest, task_id: UUID) -> HttpResponse:
    """Ask the chain to go on at once. Whoever holds the task keeps it."""
    task = seen_task(request, task_id)
    form = EscalateForm(request.POST)
    if not form.is_valid():
        return card_page(request, task, escalate_form=form, status=422)
    try:
        # The verb joins its caller's transaction: a refusal must end this one alone, so that a page can be shown.
        with transaction.atomic():
            is_new = moving.hurry(
                task_id=task_id, now=timezone.now(), by=request.user, reason=form.cleaned_data["why"]
            )
    except NotAllowed as refusal:
        return card_page(
            request, find_task(task_id), escalate_form=form, problem=refusal.sentence, status=409
        )
    if is_new:
        messages.success(request, _("Escalated: the chain of this task goes on at once."))
    else:
        messages.info(request, _("It was escalated just now already: the chain is about to go on."))
    return redirect("desk:task_detail", task_id)


@changes
def _delegated(request: PersonRequest, task_id: UUID) -> HttpResponse:
    task = seen_task(request, task_id)
    now = timezone.now()
    form = DelegateForm(task, candidates(task, by=request.user, now=now), request.POST)
    if not form.is_valid():
        return _not_delegated(request, task, form)
    to = User.objects.get(pk=form.cleaned_data["to"])
    try:
        delegating.delegate(
            task_id=task_id,
            to=to,
            by=request.user,
            note=form.cleaned_data["note"],
            lease_token=form.cleaned_data["lease_token"],
            now=now,
        )
    except Invalid as invalid:
        form.add_error(invalid.field, str(invalid))
        return _not_delegated(request, seen_task(request, task_id), form)
    except Conflict as conflict:
        return _not_delegated(request, find_task(task_id), form, str(conflict), 409)
    messages.success(request, _("Handed to {name}, who is told.").format(name=to.name))
    return to_next_task(request, now=now, queue_id=task.queue_id)


def _not_delegated(
    request: PersonRequest, task: Task, form: DelegateForm, problem: str = "", status: int = 422
) -> HttpResponse:
    """The card with the form open on it. The browser stays at the card's address: the form's own is another page."""
    response = card_page(request, task, delegate_form=form, problem=problem, status=status)
    response["HX-Push-Url"] = "false"
    return response
