"""Running escalations: where each open task stands in its chain."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.requests import PersonRequest
from apps.escalation import policies, run_queries
from apps.escalation.forms import RunFilterForm
from apps.escalation.models import EscalationRun
from apps.escalation.reach import reach_of
from apps.escalation.views.parts import older_url, page_or_part


@require_safe
def run_list(request: PersonRequest) -> HttpResponse:
    """Every live run this person may read, the next moment first. htmx asks for the list alone."""
    policies.check_read_escalation(request.user)
    now = timezone.now()
    reach = reach_of(request.user)
    form = RunFilterForm(request.GET)
    form.full_clean()
    chosen = {name: form.cleaned_data.get(name) or "" for name in ("show", "queue", "chain")}
    page = run_queries.page(**chosen, after=request.GET.get("after", ""), now=now, reach=reach)
    context = {
        "form": form,
        "chosen": chosen,
        "is_narrow": bool(chosen["queue"] or chosen["chain"]),
        "lines": page.lines,
        "totals": run_queries.totals(now, reach=reach),
        "can_read_audits": reach.all,
        "next_url": older_url(request, "after", page.next),
        "is_first": "after" not in request.GET,
    }
    return page_or_part(request, "escalation/run_list.html", ("runs",), context)


@require_safe
def run_read(request: PersonRequest, run_id: int) -> HttpResponse:
    """One run, live or over: its steps, and what each did."""
    policies.check_read_escalation(request.user)
    try:
        story = run_queries.story(run_id)
    except EscalationRun.DoesNotExist:
        raise Http404 from None
    policies.check_read_run(story.run, by=request.user)
    return render(request, "escalation/run_read.html", {"story": story, "run": story.run})
