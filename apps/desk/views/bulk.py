"""Approving several like tasks of a queue together, and taking that back."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.policies import NotAllowed
from apps.accounts.requests import PersonRequest
from apps.desk.forms.bulk import BulkForm
from apps.desk.opened import opened, seed
from apps.desk.queries.showing import Argument, listed
from apps.desk.queries.sight import masked
from apps.desk.queries.together import Alike, Doubt, together
from apps.desk.views.doors import changes
from apps.reviews import bulk, policies
from apps.reviews.choosing import Invalid
from apps.reviews.models import Queue, Task


def queue_bulk(request: PersonRequest, slug: str) -> HttpResponse:
    """The groups of alike tasks, each with its sample; a POST approves one group."""
    queue = get_object_or_404(Queue, slug=slug)
    if queue.pk not in policies.queue_ids(request.user):
        raise NotAllowed(_("You are not a reviewer of this queue."))
    if request.method != "POST":
        return _page(request, queue)
    form = BulkForm(request.POST)
    if not form.is_valid():
        return _page(request, queue, form, status=422)
    seen = form.cleaned_data["seen"]
    if any(task.pk in seen for task, _doubt in together(queue, by=request.user).left_out):
        form.add_error(None, _("Some of these carry a doubt by now: they are left out below. Look again."))
        return _page(request, queue, form, status=422)
    try:
        done = bulk.approve_all(
            seen=seen,
            opened=opened(request.session),
            seed=seed(request.session),
            by=request.user,
            now=timezone.now(),
        )
    except Invalid as invalid:
        form.add_error(None, str(invalid))
        return _page(request, queue, form, status=422)
    if done.approved:
        told = ngettext("%(n)d task is approved.", "%(n)d tasks are approved.", done.approved)
        messages.success(request, told % {"n": done.approved})
    for sentence in dict.fromkeys(done.refused):
        messages.warning(
            request, _("Left out {n}: {why}").format(n=done.refused.count(sentence), why=sentence)
        )
    return redirect("desk:home")


@changes
def bulk_undo(request: PersonRequest, batch: UUID) -> HttpResponse:
    """Take back what was approved together, as far as it still can be."""
    undone = bulk.undo_all(batch=batch, by=request.user, now=timezone.now())
    if undone:
        told = ngettext(
            "Taken back: %(n)d task is in its queue again.",
            "Taken back: %(n)d tasks are in their queue again.",
            undone,
        )
        messages.success(request, told % {"n": undone})
    else:
        messages.warning(request, _("The time to take it back is over."))
    return redirect("desk:home")


@dataclass(frozen=True, slots=True)
class _Row:
    """A task in its group: its values as everybody may see them, whether it is ticked, in the sample, opened."""

    task: Task
    values: list[Argument]
    is_ticked: bool
    is_sample: bool
    is_opened: bool


def _page(
    request: PersonRequest, queue: Queue, form: BulkForm | None = None, status: int = 200
) -> HttpResponse:
    known, chooser = opened(request.session), seed(request.session)
    found = together(queue, by=request.user)
    chosen = form.cleaned_data.get("seen", {}) if form is not None else {}
    context = {
        "queue": queue,
        "groups": [_shown(group, known, chooser, chosen, form) for group in found.groups],
        "left_out": _by_doubt(found.left_out),
        "form": form,
    }
    return render(request, "desk/queue_bulk.html", context, status=status)


def _shown(
    group: Alike, known: set[UUID], chooser: str, chosen: Collection[UUID], form: BulkForm | None
) -> dict[str, object]:
    """A group with those ticked that were sent, or all; `left` of its sample to open before approving. The one that was
    sent, its number too, and what is wrong with it.
    """
    ids = [task.pk for task in group.tasks]
    ticked = [pk for pk in ids if pk in chosen] or ids
    wanted = set(bulk.sample(ticked, chooser))
    rows = []
    for task in group.tasks:
        action = (task.proposal.action_type.name, task.proposal.args)
        values = listed(task.proposal, action, masked(task.proposal))
        rows.append(_Row(task, values, task.pk in ticked, task.pk in wanted, task.pk in known))
    is_sent = form is not None and any(pk in chosen for pk in ids)
    return {
        "slice": group.slice,
        "rows": rows,
        "count": len(ticked),
        "left": len(wanted - known),
        "is_sent": is_sent,
        "number": form["count"] if form is not None and is_sent else None,
    }


def _by_doubt(left_out: list[tuple[Task, Doubt]]) -> list[tuple[str, list[Task]]]:
    """(the doubt as a sentence, its tasks), in the order of the doubts."""
    by_doubt: dict[Doubt, list[Task]] = {}
    for task, doubt in left_out:
        by_doubt.setdefault(doubt, []).append(task)
    return [(str(doubt.sentence), by_doubt[doubt]) for doubt in Doubt if doubt in by_doubt]
