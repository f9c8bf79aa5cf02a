"""Marking evidence as checked while one decides."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from apps.accounts.requests import PersonRequest
from apps.desk.views.doors import changes, seen_task
from apps.proposals.models import Evidence
from apps.reviews.checking import check_evidence


@changes
def evidence_check(request: PersonRequest, task_id: UUID, position: int) -> HttpResponse:
    """Set or take away one's mark on an item; htmx gets the button alone, others the card at that item."""
    task = seen_task(request, task_id)
    is_checked = request.POST.get("checked") == "yes"
    try:
        check_evidence(
            task_id=task_id, position=position, is_checked=is_checked, by=request.user, now=timezone.now()
        )
    except Evidence.DoesNotExist:
        raise Http404 from None
    if request.htmx:
        context = {"task": task, "position": position, "is_checked": is_checked}
        return render(request, "desk/_evidence_check.html", context)
    return redirect(f"{reverse('desk:task_detail', args=[task_id])}#evidence-{position}")
