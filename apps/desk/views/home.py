"""Your turn: what I hold, what waits for me, what I decided just now."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.requests import PersonRequest
from apps.desk.queries import turn
from apps.desk.queries.clocks import decide_clocks
from apps.desk.queries.news import news_for
from apps.desk.queries.views import saved_views
from apps.desk.views.doors import page_or_part
from apps.outcomes.comparing import words_waited_for
from apps.reviews import policies
from apps.trust.signing import may_sign


@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """The person's own page. htmx asks for the part that changes by itself."""
    now = timezone.now()
    queue_ids = policies.queue_ids(request.user)
    loads = turn.queue_loads(queue_ids, now=now, by=request.user)
    waiting, overdue, due_soon = turn.takeable(request.user, queue_ids, now=now)
    held = turn.held_by(request.user)
    coming = turn.next_for(request.user, queue_ids)
    clocks = decide_clocks([*held, *coming], now=now)
    came = turn.why_held(held)
    context = {
        "now": now,
        "loads": loads,
        "waiting": waiting,
        "overdue": overdue,
        "due_soon": due_soon,
        "held": [(task, clocks.get(task.proposal_id), came.get(task.proposal_id)) for task in held],
        "coming": [
            (task, clocks.get(task.proposal_id), turn.why_waiting(task, queue_ids)) for task in coming
        ],
        "words": words_waited_for(request.user, today=timezone.localdate(now)),
        "to_sign": list(may_sign(request.user)),
        "views": saved_views(request.user),
        "asked": turn.asked_by(request.user),
        "others": turn.held_by_others(request.user, queue_ids),
        "news": news_for(request.user),
        "undoable": turn.undoable_by(request.user, now=now),
        "recent": turn.recently_decided(request.user),
        "is_absent": policies.is_absent(request.user, now),
    }
    return page_or_part(request, "desk/home.html", "turn", context)
