"""The streams of the desk: what changed in a person's queues and how much waits there; what is about to act."""

import json
from functools import partial

import structlog
from asgiref.sync import sync_to_async
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from apps.accounts.models import User
from apps.delivery.sharing import Shared
from apps.delivery.streams import sse_response
from apps.desk.queries.figures import Figures, figures
from apps.registry.visibility import visible_workflows
from apps.reviews import policies

_GAP_SECONDS = 0.25
log = structlog.get_logger(__name__)


async def live(request: HttpRequest) -> HttpResponseBase:
    """Events named `queue` and `person`, for the queues this person may look into and for themselves."""
    person = await request.auser()
    queue_ids = await sync_to_async(policies.visible_queue_ids)(person)  # type: ignore[arg-type]  # signed in
    topics = [f"person:{person.pk}", *(f"queue:{queue_id}" for queue_id in queue_ids)]
    return sse_response(topics, person_id=person.pk, tell=partial(_told, person.pk))  # type: ignore[arg-type]  # signed in


async def live_acting(request: HttpRequest) -> HttpResponseBase:
    """Events named `acting` and `person`: what is about to act in the workflows this person may read has changed."""
    person = await request.auser()
    workflow_ids = await sync_to_async(_workflow_ids)(person)  # type: ignore[arg-type]  # signed in
    topics = [f"person:{person.pk}", *(f"acting:{workflow_id}" for workflow_id in workflow_ids)]
    return sse_response(topics, person_id=person.pk)  # type: ignore[arg-type]  # signed in


def _workflow_ids(person: User) -> list[int]:
    return list(visible_workflows(person).values_list("pk", flat=True))


async def _told(person_id: int, topic: str) -> str | None:
    """Of a queue: `{topic, waiting, overdue, due_soon}` as JSON, as this person's own pages count it."""
    kind, _colon, name = topic.partition(":")
    if kind != "queue":
        return None
    try:
        found = await _totals.read(int(name))
    except DatabaseError as error:
        # The page hears that something changed, and reads for itself.
        log.warning("queue_figures_not_read", error=str(error))
        return None
    waiting, overdue, due_soon = found.seen_by(person_id)
    return json.dumps({"topic": topic, "waiting": waiting, "overdue": overdue, "due_soon": due_soon})


@sync_to_async
def _read_totals(queue_id: int) -> Figures:
    return figures(queue_id, now=timezone.now())


_totals: Shared[int, Figures] = Shared(_read_totals, gap=_GAP_SECONDS)
