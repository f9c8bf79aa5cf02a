"""Reporting what became true later about a proposal, and everything of that kind in one slice."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.requests import PersonRequest
from apps.desk.forms.outcomes import OutcomeForm
from apps.desk.queries.outcomes import later_truth
from apps.desk.queries.sight import sight
from apps.desk.queries.stories import find_proposal, masked_row
from apps.desk.views.uncovering import is_uncovered
from apps.proposals.actions import report_outcome
from apps.proposals.changes import WrongStatus
from apps.proposals.models import Outcome, Proposal
from apps.proposals.policies import check_report_outcome
from apps.proposals.states import Verdict
from apps.registry.visibility import check_see_workflow
from apps.reviews import policies
from apps.trust.models import Slice


def outcome_report(request: PersonRequest, proposal_id: UUID) -> HttpResponse:
    """A form that reports an outcome; `?corrects=` names the earlier one it takes the place of."""
    try:
        proposal, task = find_proposal(proposal_id, by=request.user)
    except Proposal.DoesNotExist:
        raise Http404 from None
    policies.check_see_proposal(proposal, task, by=request.user)
    check_report_outcome(proposal, by=request.user)
    now = timezone.now()
    corrects = _corrected(proposal, request.POST.get("corrects") or request.GET.get("corrects", ""))
    form = OutcomeForm(proposal, now=now, corrects=corrects, data=request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _reported(request, proposal, form):
            return redirect("desk:proposal_detail", proposal_id)
    seen = sight(proposal, by=request.user, is_uncovered=is_uncovered(request, proposal_id, now=now))
    said = proposal.outcomes.select_related("by", "corrected_by").order_by("received_at")
    context = {
        "proposal": proposal,
        "summary": seen.told(proposal.sent_summary),
        "form": form,
        "corrects": masked_row(corrects, seen, "source"),
        "outcomes": [
            (outcome, outcome.detail)
            for outcome in (masked_row(one, seen, "detail", "source") for one in said)
        ],
    }
    return render(request, "desk/outcome_report.html", context, status=status)


@require_safe
def slice_outcomes(request: PersonRequest, slice_id: int) -> HttpResponse:
    """What became true later about the work of one slice, the newest first."""
    row = get_object_or_404(Slice.objects.select_related("workflow", "action_type", "agent"), pk=slice_id)
    check_see_workflow(row.workflow, by=request.user)
    before = request.GET.get("before", "")
    context = {
        "slice": row,
        "page": later_truth(row, by=request.user, before=before),
        "is_first": not before,
    }
    return render(request, "desk/slice_outcomes.html", context)


def _reported(request: PersonRequest, proposal: Proposal, form: OutcomeForm) -> bool:
    data = form.cleaned_data
    try:
        outcome = report_outcome(
            proposal_id=proposal.pk,
            verdict=Verdict(data["verdict"]),
            severity=data["severity"],
            source=data["source"],
            occurred_at=data["occurred_at"],
            detail=data["detail"],
            corrects=data["corrects"],
            key=data["key"],
            by=request.user,
            now=timezone.now(),
        )
    except WrongStatus as refusal:
        form.add_error(None, str(refusal))
        return False
    if outcome.verdict == Verdict.WRONG:
        messages.success(request, _("Reported. If its confidence runs by itself, the alarm has risen."))
    else:
        messages.success(request, _("Reported. It proves nothing; what an alarm holds, audits let go again."))
    return True


def _corrected(proposal: Proposal, key: str) -> Outcome | None:
    try:
        return Outcome.objects.filter(proposal=proposal, pk=UUID(key)).first()
    except ValueError:
        return None
