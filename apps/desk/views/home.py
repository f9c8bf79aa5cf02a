"""Your turn: what I hold, what waits for me, what I decided just now."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.requests import PersonRequest
from apps.desk.queries import turn
from apps.desk.views.doors import page_or_part
from apps.reviews import policies


@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """The person's own page. htmx asks for the part that changes by itself."""
    now = timezone.now()
    queue_ids = policies.queue_ids(request.user)
    loads = turn.queue_loads(queue_ids, now=now)
    context = {
        "now": now,
        "loads": loads,
        "waiting": sum(load.waiting for load in loads),
        "overdue": sum(load.overdue for load in loads),
        "due_soon": sum(load.due_soon for load in loads),
        "held": turn.held_by(request.user),
        "others": turn.held_by_others(request.user, queue_ids),
        "undoable": turn.undoable_by(request.user, now=now),
        "recent": turn.recently_decided(request.user),
        "is_absent": policies.is_absent(request.user, now),
    }
    return page_or_part(request, "desk/home.html", "turn", context)
