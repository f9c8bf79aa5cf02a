"""What has to be set right, and whether the auditor vouches that nothing has stalled."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.policies import NotAllowed
from apps.accounts.requests import PersonRequest
from apps.escalation import policies, queries, record_queries
from apps.escalation.forms import CloseForm
from apps.escalation.incidents import close_incident
from apps.escalation.models import Incident
from apps.escalation.reach import reach_of
from apps.escalation.views.parts import older_url


@require_safe
def incident_list(request: PersonRequest) -> HttpResponse:
    """Open incidents, or those that were closed."""
    policies.check_read_escalation(request.user)
    return _incidents(request, CloseForm(auto_id=False), 0)


def incident_close(request: PersonRequest, incident_id: int) -> HttpResponse:
    """Say what was done about an incident. A GET (after signing in again) leads to the list."""
    policies.check_close_incident(request.user)
    if request.method != "POST":
        return redirect("escalation:incident_list")
    form = CloseForm(request.POST, auto_id=False)
    if not form.is_valid():
        return _incidents(request, form, incident_id)
    try:
        close_incident(
            incident_id=incident_id, by=request.user, note=form.cleaned_data["note"], now=timezone.now()
        )
    except Incident.DoesNotExist:
        raise Http404 from None
    except NotAllowed as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, _("Closed. If its cause is still there, the auditor opens it again."))
    return redirect("escalation:incident_list")


@require_safe
def audit_list(request: PersonRequest) -> HttpResponse:
    """When the auditor last found everything well, and its looks."""
    policies.check_read_audits(request.user)
    now = timezone.now()
    only_found = request.GET.get("show") == "found"
    state = queries.audit_state()
    page = record_queries.looks(only_found=only_found, before=request.GET.get("before", ""))
    context = {
        "state": state,
        "is_doubtful": state.is_doubtful(now),
        "every": settings.REVIEWHUB_AUDIT_SECONDS,
        "overdue_seconds": queries.oldest_overdue_step_seconds(now),
        "only_found": only_found,
        "can_read_audits": True,
        "looks": page.looks,
        "older_url": older_url(request, "before", page.older),
    }
    return render(request, "escalation/audit_list.html", context)


def _incidents(request: PersonRequest, form: CloseForm, refused_id: int) -> HttpResponse:
    closed = request.GET.get("show") == "closed"
    reach = reach_of(request.user)
    page = record_queries.incidents(closed=closed, before=request.GET.get("before", ""), reach=reach)
    context = {
        "incidents": page.incidents,
        "older_url": older_url(request, "before", page.older),
        "is_closed": closed,
        "totals": record_queries.count_incidents(reach=reach),
        "can_read_audits": reach.all,
        "can_close": policies.can_close_incident(request.user),
        "form": form,
        "refused_id": refused_id,
    }
    return render(request, "escalation/incident_list.html", context, status=422 if refused_id else 200)
