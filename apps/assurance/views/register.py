"""The register of autonomy: as a page, as a file for auditors, and reviewing one slice of it."""

from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.policies import NotAllowed, why_not
from apps.accounts.requests import PersonRequest
from apps.assurance import register
from apps.assurance.forms import RegisterForm, ReviewForm
from apps.assurance.policies import check_read_register
from apps.audit.csv_files import csv_streamed
from apps.registry.visibility import answered_workflows
from apps.trust.models import SliceReview
from apps.trust.policies import check_review
from apps.trust.reviewing import review_slice

_COLUMNS = (
    *("workflow", "action", "segment", "agent", "stage", "since", "level", "threshold"),
    *(
        "consequence",
        "reversibility",
        "effects",
        "amount limit",
        "currency",
        "largest amounts",
        "most affected",
    ),
    *("precedents", "wrong", "justification", "approvers"),
    *("last review", "reviewed by", "review note", "next review", "overdue"),
)
_REVIEWS = 20


@require_safe
def register_read(request: PersonRequest) -> HttpResponse:
    """Every slice this person answers for, a page at a time."""
    check_read_register(by=request.user)
    now, workflows = timezone.now(), answered_workflows(request.user)
    form = RegisterForm(workflows, request.GET)
    rows = register.wanted_slices(workflows, form.wanted, now=now)
    number = _page_number(request)
    entries, is_more = register.page_of(rows, number, now=now)
    context = {
        "entries": entries,
        "form": form,
        "number": number,
        "is_more": is_more,
        "shown": _("Page {number}").format(number=number),
        "previous_url": _page_url(request, number - 1) if number > 1 else "",
        "next_url": _page_url(request, number + 1) if is_more else "",
    }
    return render(request, "assurance/register_read.html", context)


@require_safe
def register_csv(request: PersonRequest) -> HttpResponseBase:
    """The same as comma-separated values, all of it."""
    check_read_register(by=request.user)
    now, workflows = timezone.now(), answered_workflows(request.user)
    rows = register.wanted_slices(workflows, RegisterForm(workflows, request.GET).wanted, now=now)
    entries: Iterator[register.Entry] = register.every_entry(rows, now=now)
    return csv_streamed("autonomy-register.csv", _COLUMNS, map(_row, entries))


def slice_review(request: PersonRequest, slice_id: int) -> HttpResponse:
    """One slice of the register, its reviews so far, and a form for the next."""
    check_read_register(by=request.user)
    now = timezone.now()
    every = register.wanted_slices(answered_workflows(request.user), register.Wanted(), now=now)
    row = get_object_or_404(every, pk=slice_id)
    forbidden = why_not(check_review, row, by=request.user)
    form, status = None, 200
    if not forbidden:
        form = ReviewForm(row.stage, timezone.localdate(now), request.POST or None)
    if request.method == "POST":
        if form is None:
            raise NotAllowed(forbidden)
        status = 422
        if form.is_valid():
            try:
                review_slice(slice_id=slice_id, by=request.user, now=now, **form.cleaned_data)
            except NotAllowed as refusal:
                form.add_error(None, refusal.sentence)
            else:
                messages.success(request, _("Kept. The register names the next review."))
                return redirect("assurance:register_read")
    (entry,) = register.entries_of([row], now=now)
    reviews = SliceReview.objects.filter(slice=row).select_related("by").order_by("-at", "-pk")
    context = {"entry": entry, "form": form, "why_not": forbidden, "reviews": reviews[:_REVIEWS]}
    return render(request, "assurance/slice_review.html", context, status=status)


def _page_number(request: PersonRequest) -> int:
    asked = request.GET.get("page", "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


def _page_url(request: PersonRequest, number: int) -> str:
    asked = request.GET.copy()
    asked["page"] = str(number)
    return f"?{asked.urlencode()}"


def _row(entry: register.Entry) -> list[object]:
    row, kind, review = entry.slice, entry.slice.action_type, entry.review
    return [
        *(row.workflow.name, kind.title, row.segment, row.agent.name, row.get_stage_display()),
        *(
            row.stage_since.isoformat(),
            str(entry.level.label),
            "" if row.threshold is None else row.threshold,
        ),
        *(kind.get_consequence_display(), kind.get_reversibility_display(), ", ".join(kind.effect_labels)),
        *("" if kind.amount_limit is None else kind.amount_limit, kind.amount_currency),
        "; ".join(f"{amount:f} {currency}".strip() for amount, currency in entry.stake.amounts),
        "" if entry.stake.affected is None else entry.stake.affected,
        *(row.counted, row.wrong, entry.why, "; ".join(entry.approvers)),
        *((review.at.isoformat(), review.by.name, review.note) if review else ("", "", "")),
        "" if entry.next_on is None else entry.next_on.isoformat(),
        "yes" if entry.is_overdue else "no",
    ]
