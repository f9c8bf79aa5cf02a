"""The segments of action types: read by everybody who may read the workflow, made and changed by admins."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.policies import NotAllowed, why_not
from apps.accounts.requests import PersonRequest
from apps.registry.conditions.names import DECLARED
from apps.registry.models import ActionType
from apps.registry.visibility import check_see_workflow, visible_workflows
from apps.rulebook import offered
from apps.rulebook.checking import Checked, checked
from apps.rulebook.forms import SegmentForm, segment_values
from apps.rulebook.references import known_values
from apps.rulebook.segment_queries import held_of_past, segmented
from apps.trust.models import Segment
from apps.trust.policies import check_set_segments
from apps.trust.segment_setup import save_segment
from apps.trust.segments import SEGMENTS
from apps.trust.statistics.inputs import BadInput


@require_safe
def segment_list(request: PersonRequest) -> HttpResponse:
    """Every action type of the workflows this person may read, with its segments."""
    rows = segmented(visible_workflows(request.user))
    context = {"rows": rows, "why_not": why_not(check_set_segments, request.user)}
    return render(request, "rulebook/segment_list.html", context)


def segment_add(request: PersonRequest, action_type_id: int) -> HttpResponse:
    """A form for another segment of this action type."""
    kind = get_object_or_404(ActionType.objects.select_related("workflow"), pk=action_type_id)
    return _form_page(request, kind, None)


def segment_edit(request: PersonRequest, segment_id: int) -> HttpResponse:
    """A form for this segment."""
    row = get_object_or_404(Segment.objects.select_related("action_type__workflow"), pk=segment_id)
    return _form_page(request, row.action_type, row)


@require_POST
def segment_check(request: PersonRequest, action_type_id: int) -> HttpResponse:
    """What is wrong with a condition as it is written, else what it would have held: the part below its field."""
    kind = get_object_or_404(ActionType.objects.select_related("workflow"), pk=action_type_id)
    check_see_workflow(kind.workflow, by=request.user)
    check_set_segments(request.user)
    said = _said(kind, request.POST.get("when", ""))
    context = {"said": said, "held": held_of_past(kind, said.written, by=request.user)}
    return render(request, "rulebook/_condition.html", context)


def _said(kind: ActionType, written: str) -> Checked:
    arguments = set(kind.args_schema.get("properties", {}))
    return checked(written, SEGMENTS, arguments=arguments, known=known_values([kind]))


def _form_page(request: PersonRequest, kind: ActionType, row: Segment | None) -> HttpResponse:
    check_see_workflow(kind.workflow, by=request.user)
    check_set_segments(request.user)
    first = segment_values(row) if row else {"position": kind.segments.count(), "is_active": True}
    is_counted = request.POST.get("press") == "count"
    is_sent = request.method == "POST" and not is_counted
    form = SegmentForm(request.POST if is_sent else None, initial={**first, **request.POST.dict()})
    if row is not None:
        form.fields["slug"].disabled = True
    written = form["when"].value() or ""
    if is_sent and form.is_valid() and _saved(request, kind, form, is_new=row is None):
        return redirect("rulebook:segment_list")
    said = _said(kind, written)
    context = {
        "kind": kind,
        "row": row,
        "form": form,
        "names": DECLARED,
        "arguments": offered.arguments([kind]),
        "examples": offered.declared_examples([kind]),
        # What is wrong stands at the field already.
        "said": said if not form.errors.get("when") else Checked(""),
        "held": held_of_past(kind, written, by=request.user),
    }
    status = 422 if is_sent else 200
    return render(request, "rulebook/segment_form.html", context, status=status)


def _saved(request: PersonRequest, kind: ActionType, form: SegmentForm, *, is_new: bool) -> bool:
    values = form.cleaned_data
    if is_new and kind.segments.filter(slug=values["slug"]).exists():
        form.add_error("slug", _("There is a segment of this name already."))
        return False
    try:
        save_segment(action_type=kind, by=request.user, now=timezone.now(), **values)
    except ValidationError as refusal:
        for message in refusal.messages:
            form.add_error(None, message)
        return False
    except (BadInput, NotAllowed) as refusal:
        form.add_error("when", str(refusal))
        return False
    messages.success(request, _("Saved. Proposals from now on are placed by it."))
    return True
