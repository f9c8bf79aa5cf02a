"""A page's live stream: server-sent events that say that something changed, and what a view adds to that.

`sse_response` does not ask whether the person may hear these topics: the view that calls it has to, before. A
stream ends after STREAM_SECONDS; the page then opens the next one, through the same checks. Whoever is shut out
hears nothing more from the next heartbeat on. Addresses of streams begin with `/live/`: only there does a waiting
request hold no thread and no database connection.
"""

import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import structlog
from asgiref.sync import sync_to_async
from django.db import DatabaseError
from django.http import StreamingHttpResponse

from apps.accounts.models import User
from apps.delivery.listener import hub
from apps.delivery.sharing import Shared

# What to say about a topic that was heard, in one line.
Tell = Callable[[str], Awaitable[str | None]]
HEARTBEAT_SECONDS = 15.0
STREAM_SECONDS = 600.0
_RETRY_MILLISECONDS = 2_000
_GAP_SECONDS = 0.25
log = structlog.get_logger(__name__)


def sse_response(topics: Iterable[str], *, person_id: int, tell: Tell | None = None) -> StreamingHttpResponse:
    """A stream for a person, of one event per change: named by the topic's kind (`queue`), with the topic (`queue:7`)
    or what `tell` says about it: one line, `None` for just the topic.
    """
    response = StreamingHttpResponse(
        changes(frozenset(topics), person_id, tell), content_type="text/event-stream; charset=utf-8"
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def changes(topics: frozenset[str], person_id: int, tell: Tell | None = None) -> AsyncIterator[str]:
    """The stream's text: a retry hint, then an event per topic heard, and a comment when it is quiet."""
    # Streams that began together (after a restart) shall not end together.
    ends = time.monotonic() + STREAM_SECONDS * random.uniform(0.8, 1.0)  # noqa: S311  (spreads load, no secret)
    async with hub().subscribe(topics) as waiter:
        yield f"retry: {_RETRY_MILLISECONDS}\n\n"
        looked = time.monotonic()
        while time.monotonic() < ends:
            heard = await waiter.wait(HEARTBEAT_SECONDS)
            # Also where every wait is cut short by something that was heard.
            if time.monotonic() - looked >= HEARTBEAT_SECONDS:
                looked = time.monotonic()
                if await _is_shut_out(person_id):
                    return
            if not heard:
                yield ": still here\n\n"
            for topic in sorted(heard):
                kind = topic.partition(":")[0]
                told = await tell(topic) if tell else None
                yield f"event: {kind}\ndata: {told or topic}\n\n"


async def _is_shut_out(person_id: int) -> bool:
    """Whether this person may not be here any more. Without a database nothing is told either: go on."""
    try:
        return person_id in await _shut_out.read(None)
    except DatabaseError as error:
        log.warning("people_not_read", error=str(error))
        return False


@sync_to_async
def _read_shut_out(_key: None) -> frozenset[int]:
    return frozenset(User.objects.filter(is_active=False).values_list("pk", flat=True))


# One statement for everybody whose heartbeats come together, not one each.
_shut_out: Shared[None, frozenset[int]] = Shared(_read_shut_out, gap=_GAP_SECONDS)
