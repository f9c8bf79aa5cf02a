"""The page on which an admin sees what a new SLA policy would change of open work, and applies it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from apps.accounts.policies import check_manage_people
from apps.accounts.requests import PersonRequest
from apps.escalation import retiming
from apps.proposals.models import Proposal
from apps.sla.queries import policy_versions
from apps.sla.retargeting import VersionChanged, count_older, preview

_SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
def policy_apply(request: PersonRequest, slug: str) -> HttpResponse:
    """Old and new due times of what is open; the button applies exactly the version that was shown."""
    by, now = request.user, timezone.now()
    check_manage_people(by)
    version = next(iter(policy_versions(slug)), None)
    if version is None:
        raise Http404
    if request.method == "POST":
        number = request.POST.get("number", "")
        try:
            count = retiming.apply_policy(
                policy=version.policy, number=int(number) if number.isdecimal() else 0, by=by, now=now
            )
        except VersionChanged as error:
            messages.warning(request, str(error))
            return redirect("desk:policy_apply", slug)
        told = ngettext("One open target changed.", "%(count)d open targets changed.", count)
        messages.success(request, told % {"count": count})
        return redirect("sla:policy_read", slug)
    shown = preview(version=version, now=now, limit=_SHOWN)
    proposals = Proposal.objects.in_bulk({row.cycle.subject_id for row in shown})
    context = {
        "policy": version.policy,
        "version": version,
        "rows": [(row, proposals.get(row.cycle.subject_id), row.makes_overdue(now)) for row in shown],
        "total": count_older(version),
    }
    return render(request, "desk/policy_apply.html", context)
