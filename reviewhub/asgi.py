"""One port for everything: waiting requests go to the event loop, all others to a fixed pool of threads.

A page under Django's ASGI handler costs several times what it costs under WSGI, because each request gets a
new thread and a new database connection. So only what waits is asynchronous.
"""

import os
import re
import string
from typing import Any, cast
from urllib.parse import parse_qsl, quote_from_bytes

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewhub.settings")
django.setup(set_prefix=False)

from a2wsgi import WSGIMiddleware  # noqa: E402  (Django first: the handlers below read its settings)
from django.conf import settings  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.urls.converters import UUIDConverter  # noqa: E402

from apps.api.waiting import application as long_polls  # noqa: E402
from reviewhub.bodies import TooSlow, read_ahead  # noqa: E402
from reviewhub.live import LiveHandler, Receive, Scope, Send, Waiting  # noqa: E402

# Exactly the addresses Django's own routes know, so that `?wait=` changes when an answer comes, never which one.
_ONE_PROPOSAL = re.compile(f"/api/v1/proposals/{UUIDConverter.regex}")

_streams = LiveHandler()


async def _what_waits(scope: Scope, receive: Receive, send: Send) -> None:
    """A page's live stream goes to Django; agents' long polls, of which there are many more, do not."""
    handler = long_polls if scope["path"].startswith("/api/") else _streams
    await handler(scope, receive, send)


waiting = Waiting(_what_waits)
# The types of a2wsgi and Django describe the same protocol in words that do not meet.
_pages: Any = WSGIMiddleware(cast(Any, WSGIHandler()), workers=settings.WEB_THREADS)


def is_live(scope: Scope) -> bool:
    """Whether this request may wait: a live stream, or reading a proposal with `?wait=` above zero."""
    path = scope["path"]
    if path.startswith("/live/"):
        return True
    if scope["method"] != "GET" or not _ONE_PROPOSAL.fullmatch(path):
        return False
    asked = dict(parse_qsl(scope["query_string"].decode("latin1")))
    return asked.get("wait", "0") != "0"


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application: `uvicorn reviewhub.asgi:application`."""
    if scope["type"] == "lifespan":
        await _live_and_die(receive, send)
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})
    elif is_live(scope):
        await waiting(_clean(scope), receive, send)
    else:
        await _answer(_clean(scope), receive, send)


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    """A thread answers, once the whole request is there."""
    try:
        whole = await read_ahead(scope, receive, most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    except TooSlow:
        headers = [(b"content-length", b"0"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 408, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    await _pages(scope, whole, send)


def _clean(scope: Scope) -> Scope:
    """Query in plain ASCII; no header name that CGI would confuse with another (`X_Forwarded_For`)."""
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    query = scope["query_string"]
    if not query.isascii():
        query = quote_from_bytes(query, safe=string.punctuation).encode()
    return {**scope, "headers": headers, "query_string": query}


async def _live_and_die(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
