"""How the reviewers of a queue did, for its leads; and how they are checked, for admins and governance."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.policies import why_not
from apps.accounts.requests import PersonRequest
from apps.desk.forms.quality import ChecksForm
from apps.desk.queries.known_cases import cases_in, open_disputes_in
from apps.desk.queries.people import members
from apps.registry.models import Workflow
from apps.reviews import agreeing, policies
from apps.reviews.check_setup import rules_of, set_checks
from apps.reviews.figures import queue_figures
from apps.reviews.kappa import ENOUGH, Agreement
from apps.reviews.knowing import note_read
from apps.reviews.models import Queue, Task
from apps.reviews.originals import kept_from


def queue_checks(request: PersonRequest, slug: str) -> HttpResponse:
    """Per person, agreement, known cases and disputes; the settings are saved from here too."""
    queue = get_object_or_404(Queue, slug=slug)
    policies.check_see_checks(queue, by=request.user)
    refusal = why_not(policies.check_set_checks, by=request.user)
    if request.method == "POST":
        policies.check_set_checks(by=request.user)
        form = ChecksForm(request.POST)
        if form.is_valid():
            set_checks(queue_id=queue.pk, rules=form.rules(), by=request.user, now=timezone.now())
            messages.success(request, _("Saved. It counts for what is decided from now on."))
            return redirect("desk:queue_checks", slug)
    else:
        form = ChecksForm(initial=asdict(rules_of(queue)))
    now = timezone.now()
    pairs = agreeing.in_queue(queue, now=now)
    people = [member.person for member in members(queue, now)]
    cases, left_out = cases_in(queue, by=request.user)
    disputes = open_disputes_in(queue, by=request.user)
    told = [row.case.pk for row in cases] + [row.case.pk for row in disputes]
    note_read(told, by=request.user, now=now)
    context = {
        "queue": queue,
        "form": form,
        "why_not_set": refusal,
        "people": queue_figures(queue, people, now=now),
        "agreement": agreeing.agreement_of(pairs),
        "enough": ENOUGH,
        "differing": _differing(pairs, kept_from(request.user)),
        "workflows": _workflows(queue, now),
        "cases": cases,
        "cases_left_out": left_out,
        "disputes": disputes,
        "now": now,
    }
    return render(request, "desk/queue_checks.html", context, status=422 if form.errors else 200)


def _differing(pairs: Iterable[agreeing.Pair], kept_back: Collection[UUID]) -> list[agreeing.Pair]:
    """The latest cases two people decided differently, but none that the reader may still be the one to decide."""
    return [pair for pair in pairs if not pair.is_same and pair.original.pk not in kept_back][:10]


def _workflows(queue: Queue, now: datetime) -> list[tuple[Workflow, Agreement]]:
    """(workflow, agreement) of the workflows whose work came here lately."""
    recent = Task.objects.filter(queue=queue).order_by("-id").values_list("workflow_id", flat=True)[:500]
    rows = list(Workflow.objects.filter(pk__in=set(recent)).order_by("name"))
    pairs = agreeing.in_workflows([row.pk for row in rows], now=now)
    return [(row, agreeing.agreement_of(pairs[row.pk])) for row in rows]
