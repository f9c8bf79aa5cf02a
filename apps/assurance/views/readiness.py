"""What workflows have ready: all of them at a glance, one with its seven items, and saying that one is done."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.policies import NotAllowed, why_not
from apps.accounts.requests import PersonRequest
from apps.assurance import marking, queries
from apps.assurance.forms import OwnedForm, ReopenForm, form_for
from apps.assurance.models import TriggerRun
from apps.assurance.triggers import read_place
from apps.registry.models import Workflow
from apps.registry.seen import seen_workflow
from apps.registry.visibility import visible_workflows
from apps.trust.gating import gaps_of
from apps.trust.models import ReadinessItem
from apps.trust.policies import check_set_readiness, readiness_owners
from apps.trust.readiness import said
from apps.trust.readying import reopen_item
from apps.trust.states import ReadyItem


@require_safe
def readiness_list(request: PersonRequest) -> HttpResponse:
    """The workflows this person may read, with what each misses."""
    rows = queries.overviews(visible_workflows(request.user), now=timezone.now())
    return render(request, "assurance/readiness_list.html", {"rows": rows})


@require_safe
def readiness_read(request: PersonRequest, slug: str) -> HttpResponse:
    """The seven items of one workflow."""
    return _page(request, seen_workflow(request, slug))


@require_POST
def item_set(request: PersonRequest, slug: str, item: str) -> HttpResponse:
    """Say that an item is done, with its evidence; of the escalation path, by running the simulated trigger."""
    workflow, which = seen_workflow(request, slug), _item(item)
    now = timezone.now()
    row = ReadinessItem.objects.filter(workflow=workflow, item=which).first()
    owners = readiness_owners(workflow)
    form = form_for(which, row, owners=owners, today=timezone.localdate(now), data=request.POST)
    if not form.is_valid():
        return _page(request, workflow, wrong={which: form}, status=422)
    said_so = {**form.cleaned_data, "workflow": workflow, "by": request.user, "now": now}
    try:
        if which is ReadyItem.ESCALATION:
            run = marking.run_trigger(**said_so)
            if run.holds:
                messages.success(request, _("It reached %(n)d people.") % {"n": len(run.reached)})
            else:
                messages.error(request, _("The simulated trigger failed: see why."))
            return redirect("assurance:trigger_read", slug, run.pk)
        marking.mark_done(item=which, **said_so)
    except NotAllowed as refusal:
        if why_not(check_set_readiness, workflow, by=request.user):
            raise
        form.add_error(None, refusal.sentence)
        return _page(request, workflow, wrong={which: form}, status=422)
    messages.success(request, _("Kept: %(item)s.") % {"item": which.label})
    return redirect("assurance:readiness_read", slug)


@require_POST
def item_reopen(request: PersonRequest, slug: str, item: str) -> HttpResponse:
    """Say that an item does not hold any more."""
    workflow, which = seen_workflow(request, slug), _item(item)
    form = ReopenForm(which, request.POST)
    if not form.is_valid():
        return _page(request, workflow, unsaid={which: form}, status=422)
    reopen_item(
        workflow=workflow,
        item=which,
        reason=form.cleaned_data["reason"],
        by=request.user,
        now=timezone.now(),
    )
    messages.success(request, _("Open again: %(item)s.") % {"item": which.label})
    return redirect("assurance:readiness_read", slug)


@require_safe
def trigger_read(request: PersonRequest, slug: str, run_id: int) -> HttpResponse:
    """What came of one simulated trigger, place by place."""
    workflow = seen_workflow(request, slug)
    run = get_object_or_404(TriggerRun.objects.select_related("by"), pk=run_id, workflow=workflow)
    context = {"workflow": workflow, "run": run, "places": [read_place(each) for each in run.places]}
    return render(request, "assurance/trigger_read.html", context)


def _item(name: str) -> ReadyItem:
    if name not in ReadyItem.values:
        raise Http404
    return ReadyItem(name)


def _page(
    request: PersonRequest,
    workflow: Workflow,
    *,
    wrong: dict[ReadyItem, OwnedForm] | None = None,
    unsaid: dict[ReadyItem, ReopenForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    today, owners = timezone.localdate(now), readiness_owners(workflow)
    forbidden = why_not(check_set_readiness, workflow, by=request.user)
    rows: list[dict[str, Any]] = []
    for line in queries.lines_of(workflow, now=now):
        form = (wrong or {}).get(line.item)
        reopening = (unsaid or {}).get(line.item)
        rows.append(
            {
                "line": line,
                "form": form or form_for(line.item, line.row, owners=owners, today=today),
                "reopen_form": reopening or ReopenForm(line.item),
                "is_wrong": form is not None,
                "is_unsaid": reopening is not None,
            }
        )
    context = {
        "workflow": workflow,
        "rows": rows,
        "missing": said(gaps_of(workflow.pk, now=now)),
        "why_not": forbidden,
        "history": queries.history_of(workflow),
    }
    return render(request, "assurance/readiness_read.html", context, status=status)
