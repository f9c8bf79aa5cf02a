"""Approving several like tasks of a queue together, and taking that back."""

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
from apps.desk.queries.alike import Alike, alike
from apps.desk.views.doors import changes
from apps.reviews import bulk, policies
from apps.reviews.choosing import Invalid
from apps.reviews.models import Queue


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
    try:
        done = bulk.approve_all(
            seen=form.cleaned_data["seen"],
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


def _page(
    request: PersonRequest, queue: Queue, form: BulkForm | None = None, status: int = 200
) -> HttpResponse:
    known, chooser = opened(request.session), seed(request.session)
    groups = [_shown(group, known, chooser) for group in alike(queue, by=request.user)]
    context = {"queue": queue, "groups": groups, "form": form}
    return render(request, "desk/queue_bulk.html", context, status=status)


def _shown(group: Alike, known: set[UUID], chooser: str) -> dict[str, object]:
    """A group, each task with whether it belongs to the sample and was opened; `left` to open before approving."""
    wanted = set(bulk.sample([task.pk for task in group.tasks], chooser))
    return {
        "slice": group.slice,
        "rows": [(task, task.pk in wanted, task.pk in known) for task in group.tasks],
        "count": len(group.tasks),
        "left": len(wanted - known),
    }
