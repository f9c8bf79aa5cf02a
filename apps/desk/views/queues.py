"""The queues, and one queue with its tasks."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, allows, why_not
from apps.accounts.requests import PersonRequest
from apps.desk.filters import QueueFilterForm
from apps.desk.queries import queue as reads
from apps.desk.queries import turn
from apps.desk.queries.clocks import decide_clocks
from apps.desk.queries.people import members
from apps.desk.queries.together import together
from apps.desk.queries.views import saved_views
from apps.desk.saving import forget_view, save_view
from apps.desk.views.doors import changes, page_or_part
from apps.reviews import policies
from apps.reviews.bulk import FEWEST
from apps.reviews.models import Queue, Task


@require_safe
def queue_list(request: PersonRequest) -> HttpResponse:
    """Every queue this person may look into, with its true totals."""
    now = timezone.now()
    loads = turn.queue_loads(policies.visible_queue_ids(request.user), now=now, by=request.user)
    return page_or_part(request, "desk/queue_list.html", "loads", {"loads": loads})


@require_safe
def queue_detail(request: PersonRequest, slug: str) -> HttpResponse:
    """One queue: what waits, in the order it is taken; who holds what. htmx asks for the list alone."""
    now = timezone.now()
    queue = get_object_or_404(Queue, slug=slug)
    policies.check_see_queue(queue, by=request.user)
    form = QueueFilterForm(request.GET)
    filters = form.filters()
    page = reads.page(queue, filters, after=request.GET.get("after", ""), now=now, by=request.user)
    own, led = policies.queue_ids(request.user), policies.led_queue_ids(request.user)
    clocks = decide_clocks(page.tasks, now=now)
    rows = [
        (
            task,
            why_not(policies.check_fits, task, by=request.user, queues=own, led=led)
            if task.status == "open"
            else "",
            clocks.get(task.proposal_id),
        )
        for task in page.tasks
    ]
    context = {
        "now": now,
        "queue": queue,
        "form": form,
        "filters": filters,
        "rows": rows,
        "next": page.next,
        "totals": reads.totals(queue, now=now, by=request.user),
        "goes_together": queue.pk in own and _goes_together(queue, page.tasks, request.user),
        "members": members(queue, now),
        "views": saved_views(request.user),
        "query": form.query(),
        "others": turn.held_by_others(request.user, [queue.pk]),
        "is_first": "after" not in request.GET,
        "may_decide": queue.pk in own,
        "may_see_checks": allows(policies.check_see_checks, queue, by=request.user, led=led),
    }
    return page_or_part(request, "desk/queue_detail.html", "tasks", context)


def _goes_together(queue: Queue, tasks: Sequence[Task], by: User) -> bool:
    """Whether some of the tasks on the page can be approved together. No query where fewer than two are low-risk."""
    lowest = [task.pk for task in tasks if task.tier == 0]
    return len(lowest) >= FEWEST and bool(together(queue, by=by, among=lowest).groups)


@changes
def view_save(request: PersonRequest, slug: str) -> HttpResponse:
    """Keep the filters of this queue under a name."""
    queue = get_object_or_404(Queue, slug=slug)
    form = QueueFilterForm(QueryDict(request.POST.get("query", "")))
    form.full_clean()
    try:
        view = save_view(
            queue=queue,
            name=request.POST.get("name", "")[:60],
            query=form.query(),
            by=request.user,
            now=timezone.now(),
        )
    except NotAllowed as refusal:
        messages.warning(request, refusal.sentence)
        return redirect(f"{reverse('desk:queue_detail', args=[slug])}?{form.query()}")
    messages.success(request, _("Saved as {name}. Its address works for everybody.").format(name=view.name))
    return redirect(view.url)


@changes
def view_forget(request: PersonRequest, view_id: int) -> HttpResponse:
    """Forget a view of one's own."""
    queue = forget_view(view_id=view_id, by=request.user)
    return redirect("desk:queue_detail", queue.slug) if queue else redirect("desk:queue_list")
