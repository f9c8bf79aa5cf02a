"""The slices of work, what each has earned and why, and moving one between shadow and assisted."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.policies import why_not
from apps.accounts.requests import PersonRequest
from apps.registry.states import Stage
from apps.registry.visibility import check_see_workflow, visible_workflows
from apps.trust import actions, policies, queries
from apps.trust.forms import StageForm
from apps.trust.models import Slice


@require_safe
def slice_list(request: PersonRequest) -> HttpResponse:
    """Every slice of the workflows this person may read, with its stage and its figures."""
    rows = queries.slices_in(visible_workflows(request.user))
    return render(request, "trust/slice_list.html", {"slices": rows})


@require_safe
def slice_detail(request: PersonRequest, slice_id: int) -> HttpResponse:
    """One slice: its stage, its figures, what is missing, and the ledger with why each entry counted or not."""
    return _page(request, _seen(request, slice_id))


def slice_move_stage(request: PersonRequest, slice_id: int) -> HttpResponse:
    """Move the slice, with a reason. A GET changes nothing and leads to the slice."""
    row = _seen(request, slice_id)
    if request.method != "POST":
        return redirect("trust:slice_detail", slice_id)
    form = StageForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form=form, status=422)
    to = Stage(form.cleaned_data["to"])
    moved = actions.move_stage(
        slice_id=slice_id, to=to, by=request.user, reason=form.cleaned_data["reason"], now=timezone.now()
    )
    messages.success(request, _("The slice is in stage %(stage)s now.") % {"stage": Stage(moved.stage).label})
    return redirect("trust:slice_detail", slice_id)


def _seen(request: PersonRequest, slice_id: int) -> Slice:
    row = get_object_or_404(Slice.objects.select_related("workflow", "action_type", "agent"), pk=slice_id)
    check_see_workflow(row.workflow, by=request.user)
    return row


def _page(
    request: PersonRequest, row: Slice, *, form: StageForm | None = None, status: int = 200
) -> HttpResponse:
    to = Stage.SHADOW if row.stage != Stage.SHADOW else Stage.ASSISTED
    context = {
        "slice": row,
        "ledger": queries.ledger_page(row, before=request.GET.get("before", "")),
        "moves": queries.stage_moves(row),
        "is_first": "before" not in request.GET,
        "form": form or StageForm(initial={"to": to}),
        "to": to,
        "why_not": why_not(policies.check_move_stage, row, to=to, by=request.user, reason="-"),
    }
    return render(request, "trust/slice_detail.html", context, status=status)
