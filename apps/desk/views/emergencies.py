"""Taking a task outside the ordinary rules, in an emergency."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.policies import NotAllowed
from apps.accounts.requests import PersonRequest
from apps.desk.forms.handing import EmergencyForm
from apps.desk.queries.tasks import find_task
from apps.desk.views.cards import card_page
from apps.desk.views.doors import changes, seen_task
from apps.reviews import breaking
from apps.reviews.choosing import Conflict


@changes
def task_break_glass(request: PersonRequest, task_id: UUID) -> HttpResponse:
    """Take the task with a reason: its card is there to decide it. Refused: the card again, with what was typed."""
    task = seen_task(request, task_id)
    form = EmergencyForm(request.POST)
    if not form.is_valid():
        return card_page(request, task, emergency_form=form, status=422)
    try:
        breaking.break_glass(
            task_id=task_id, by=request.user, reason=form.cleaned_data["emergency"], now=timezone.now()
        )
    except (Conflict, NotAllowed) as refusal:
        status = 409 if isinstance(refusal, Conflict) else 403
        return card_page(
            request, find_task(task_id), emergency_form=form, problem=str(refusal), status=status
        )
    messages.warning(
        request, _("You hold this task outside the ordinary rules. Everybody accountable was told.")
    )
    return redirect("desk:task_detail", task_id)
