"""Deciding a task, and taking the decision back."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.policies import NotAllowed
from apps.accounts.requests import PersonRequest
from apps.desk.attention import told
from apps.desk.forms.decisions import FORMS, DecisionForm, EditForm
from apps.desk.queries.sight import CLEAR, Sight, sight
from apps.desk.queries.tasks import find_decidable
from apps.desk.views.cards import card_page
from apps.desk.views.doors import changes, seen_task
from apps.desk.views.onwards import to_next_task
from apps.desk.views.uncovering import is_uncovered
from apps.registry.models import ReasonCode
from apps.reviews import policies
from apps.reviews.choosing import Conflict, Invalid
from apps.reviews.deciding import decide, undo
from apps.reviews.gathering import is_contested
from apps.reviews.models import Task


@changes
def task_decide(request: PersonRequest, task_id: UUID) -> HttpResponse:
    """Decide, then on to the next task. An edit counts only when its difference was on the page it is sent from.

    When it cannot be: the card again, with what was typed and the reason.
    """
    form_class = FORMS.get(request.POST.get("verb", ""))
    if form_class is None:
        return card_page(
            request, seen_task(request, task_id), problem=_("Choose what to decide."), status=422
        )
    try:
        task = find_decidable(task_id)
    except Task.DoesNotExist:
        raise Http404 from None
    codes = list(ReasonCode.objects.filter(workflow_id=task.workflow_id)) if form_class.asks_reason else []
    seen = _sight(request, task) if form_class is EditForm else CLEAR
    contested = is_contested(task, by=request.user, now=timezone.now())
    form = form_class(task, codes, request.POST, seen=seen, contested=contested)
    if not form.is_valid():
        return card_page(request, seen_task(request, task_id), form=form, status=422)
    if isinstance(form, EditForm) and not form.was_shown:
        return card_page(request, seen_task(request, task_id), form=form)
    return _decided(request, task_id, task.queue_id, form)


def _sight(request: PersonRequest, task: Task) -> Sight:
    uncovered = is_uncovered(request, task.proposal_id, now=timezone.now())
    return sight(task.proposal, by=request.user, is_uncovered=uncovered)


@changes
def task_undo(request: PersonRequest, task_id: UUID) -> HttpResponse:
    """Take one's own decision back while its window is open: its card is on the desk again."""
    seen_task(request, task_id)
    try:
        undo(task_id=task_id, by=request.user, now=timezone.now())
    except (Conflict, NotAllowed) as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Taken back: nothing was granted. You hold the task again."))
    return redirect("desk:task_detail", task_id)


def _decided(request: PersonRequest, task_id: UUID, queue_id: int, form: DecisionForm) -> HttpResponse:
    now = timezone.now()
    own = policies.queue_ids(request.user)
    reading = told(request.POST)
    try:
        decide(
            task_id=task_id,
            by=request.user,
            choice=replace(form.choice(), active_ms=reading["active_ms"], opened=reading["opened"]),
            lease_token=form.cleaned_data["lease_token"],
            version=form.cleaned_data["version"],
            now=now,
            own=own,
        )
    except Conflict as conflict:
        return card_page(request, seen_task(request, task_id), form=form, problem=str(conflict), status=409)
    except Invalid as invalid:
        if invalid.field in form.fields:
            form.add_error(invalid.field, str(invalid))
            return card_page(request, seen_task(request, task_id), form=form, status=422)
        # At the top: the form that approves is one button, with no place for a sentence of its own.
        return card_page(request, seen_task(request, task_id), form=form, problem=str(invalid), status=422)
    except NotAllowed as refusal:
        return card_page(
            request, seen_task(request, task_id), form=form, problem=refusal.sentence, status=403
        )
    # The edit's own address ends in #edit, and browsers carry that over to the next card unless told otherwise.
    part = "#top" if isinstance(form, EditForm) else ""
    return to_next_task(request, now=now, queue_id=queue_id, own=own, part=part)
