"""The queues, and one queue with its tasks."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.policies import why_not
from apps.accounts.requests import PersonRequest
from apps.desk.filters import QueueFilterForm
from apps.desk.queries import queue as reads
from apps.desk.queries import turn
from apps.desk.views.doors import page_or_part
from apps.reviews import policies
from apps.reviews.models import Queue


@require_safe
def queue_list(request: PersonRequest) -> HttpResponse:
    """Every queue this person may look into, with its true totals."""
    now = timezone.now()
    loads = turn.queue_loads(policies.visible_queue_ids(request.user), now=now)
    return page_or_part(request, "desk/queue_list.html", "loads", {"loads": loads})


@require_safe
def queue_detail(request: PersonRequest, slug: str) -> HttpResponse:
    """One queue: what waits, in the order it is taken; who holds what. htmx asks for the list alone."""
    now = timezone.now()
    queue = get_object_or_404(Queue, slug=slug)
    policies.check_see_queue(queue, by=request.user)
    form = QueueFilterForm(request.GET)
    filters = form.filters()
    page = reads.page(queue, filters, after=request.GET.get("after", ""), now=now)
    own = policies.queue_ids(request.user)
    rows = [
        (
            task,
            why_not(policies.check_fits, task, by=request.user, queues=own) if task.status == "open" else "",
        )
        for task in page.tasks
    ]
    context = {
        "now": now,
        "soon_at": now + turn.DUE_SOON,
        "queue": queue,
        "form": form,
        "filters": filters,
        "rows": rows,
        "next": page.next,
        "totals": reads.totals(queue, now=now),
        "holders": reads.holders(queue) if filters.show == reads.HELD else [],
        "is_first": "after" not in request.GET,
        "may_decide": queue.pk in own,
    }
    return page_or_part(request, "desk/queue_detail.html", "tasks", context)
