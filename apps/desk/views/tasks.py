"""One task: its decision card, and taking or returning it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.policies import NotAllowed
from apps.accounts.requests import PersonRequest
from apps.desk.attention import told
from apps.desk.forms.handing import SkipForm
from apps.desk.queries.endings import ended_because
from apps.desk.views.cards import card_page, opened_card
from apps.desk.views.doors import changes, seen_task, varied
from apps.desk.views.onwards import to_next_task
from apps.reviews import claiming, policies, returning
from apps.reviews.choosing import Invalid
from apps.reviews.models import Queue
from apps.reviews.states import TaskStatus


@require_safe
def task_detail(request: PersonRequest, task_id: UUID) -> HttpResponse:
    """The decision card. htmx asks with `?seen=<version>` only whether the task is still as it was."""
    task = seen_task(request, task_id)
    seen = request.GET.get("seen", "")
    if seen and request.htmx.target == "state":
        is_mine = task.claimed_by_id == request.user.pk
        context = {"task": task, "is_changed": seen != str(task.version), "is_mine": is_mine, "seen": seen}
        if task.status == TaskStatus.CANCELLED:
            context["ended_because"] = ended_because(task.proposal)
        return varied(render(request, "desk/_task_state.html", context))
    return opened_card(request, task)


@changes
def task_claim_next(request: PersonRequest) -> HttpResponse:
    """Claim the first waiting task: of one queue if named, else of all of the person's."""
    named = request.POST.get("queue", "").replace("\0", "")
    queues = list(Queue.objects.filter(slug=named).values_list("pk", flat=True)) if named else None
    task = None
    try:
        task = claiming.claim_next(by=request.user, now=timezone.now(), queues=queues)
    except NotAllowed as refusal:
        messages.warning(request, refusal.sentence)
    else:
        if task is None:
            messages.info(request, _("Nothing is waiting that you could take."))
    if task is not None:
        return redirect("desk:task_detail", task.pk)
    return redirect("desk:queue_detail", named) if queues else redirect("desk:home")


@changes
def task_claim(request: PersonRequest, task_id: UUID) -> HttpResponse:
    """Claim this task. Whoever comes second sees who was first."""
    seen_task(request, task_id)
    try:
        claiming.claim(task_id=task_id, by=request.user, now=timezone.now())
    except (NotAllowed, claiming.Taken) as refusal:
        messages.warning(request, str(refusal))
    return redirect("desk:task_detail", task_id)


@changes
def task_renew(request: PersonRequest, task_id: UUID) -> HttpResponse:
    """Keep the claim while the page is open. 409 when it is lost."""
    try:
        token = UUID(request.POST.get("lease_token", ""))
    except ValueError:
        return JsonResponse({"until": None}, status=409)
    until = claiming.renew(
        task_id=task_id, by=request.user, lease_token=token, now=timezone.now(), **told(request.POST)
    )
    return JsonResponse({"until": until}, status=200 if until else 409)


@changes
def task_release(request: PersonRequest, task_id: UUID) -> HttpResponse:
    """Return the task to its queue."""
    task = seen_task(request, task_id)
    returning.release(task_id=task_id, by=request.user, now=timezone.now())
    messages.success(request, _("The task is back in its queue."))
    is_reviewer = task.queue_id in policies.queue_ids(request.user)
    return redirect("desk:queue_detail", task.queue.slug) if is_reviewer else redirect("desk:home")


@changes
def task_skip(request: PersonRequest, task_id: UUID) -> HttpResponse:
    """Leave the task to others, with a reason."""
    task = seen_task(request, task_id)
    form = SkipForm(request.POST)
    if not form.is_valid():
        return card_page(request, task, skip_form=form, status=422)
    now = timezone.now()
    try:
        returning.skip(task_id=task_id, by=request.user, reason=form.cleaned_data["reason"], now=now)
    except (NotAllowed, Invalid) as refusal:
        return card_page(request, task, skip_form=form, problem=str(refusal), status=409)
    messages.success(request, _("Skipped: the task goes to someone else."))
    return to_next_task(request, now=now)
