"""A page's live stream: server-sent events that say "something changed", never what.

`sse_response` does not ask whether the person may hear these topics: the view that calls it has to, before. A
stream ends after STREAM_SECONDS; the page then opens the next one, through the same checks. Addresses of
streams begin with `/live/`: only there does a waiting request hold no thread and no database connection.
"""

import random
import time
from collections.abc import AsyncIterator, Iterable

from django.http import StreamingHttpResponse

from apps.delivery.listener import hub

HEARTBEAT_SECONDS = 15.0
STREAM_SECONDS = 600.0
_RETRY_MILLISECONDS = 2_000


def sse_response(topics: Iterable[str]) -> StreamingHttpResponse:
    """A stream of one event per change: named by the topic's kind (`queue`), with the topic (`queue:7`)."""
    response = StreamingHttpResponse(
        changes(frozenset(topics)), content_type="text/event-stream; charset=utf-8"
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def changes(topics: frozenset[str]) -> AsyncIterator[str]:
    """The stream's text: a retry hint, then an event per topic heard, and a comment when it is quiet."""
    # Streams that began together (after a restart) shall not end together.
    ends = time.monotonic() + STREAM_SECONDS * random.uniform(0.8, 1.0)  # noqa: S311  (spreads load, no secret)
    async with hub().subscribe(topics) as waiter:
        yield f"retry: {_RETRY_MILLISECONDS}\n\n"
        while time.monotonic() < ends:
            heard = await waiter.wait(HEARTBEAT_SECONDS)
            if not heard:
                yield ": still here\n\n"
            for topic in sorted(heard):
                kind = topic.partition(":")[0]
                yield f"event: {kind}\ndata: {topic}\n\n"
