"""Requests that wait: live streams and long polls, thousands at a time on one thread of one process.

Django's own ASGI handler gives every request a thread, and with it a database connection, for as long as the
request lasts. Here everything synchronous that waiting requests need shares one thread and one connection,
and they pass only through `settings.LIVE_MIDDLEWARE`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_AWAY: list[tuple[bytes, bytes]] = [(b"retry-after", b"1"), (b"content-length", b"0")]


class LiveHandler(ASGIHandler):
    """Django for waiting requests. When a client leaves, its coroutine is cancelled."""

    def load_middleware(self, is_async: bool = False) -> None:
        """The short list instead of the long one. Django reads the setting only here."""
        everything = settings.MIDDLEWARE
        settings.MIDDLEWARE = settings.LIVE_MIDDLEWARE
        try:
            super().load_middleware(is_async=is_async)
        finally:
            settings.MIDDLEWARE = everything

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Without the thread of its own that `ASGIHandler.__call__` would make."""
        await self.handle(scope, receive, send)


class Waiting:
    """Serves waiting requests until `stop`, then ends every one of them properly, so a server can leave."""

    def __init__(self, handler: Application) -> None:
        self._handler = handler
        self._open: set[asyncio.Event] = set()
        self._is_stopping = False

    def stop(self) -> None:
        """Tell each open request, and each one still to come, that its client left."""
        self._is_stopping = True
        for leaving in self._open:
            leaving.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        leaving = asyncio.Event()
        if self._is_stopping:
            leaving.set()
        reached = ""

        async def receive_or_leave() -> Message:
            return await _first(receive, leaving)

        async def send_and_note(message: Message) -> None:
            nonlocal reached
            is_last = message["type"] == "http.response.body" and not message.get("more_body", False)
            reached = "end" if is_last else "start"
            await send(message)

        self._open.add(leaving)
        try:
            await self._handler(scope, receive_or_leave, send_and_note)
        finally:
            self._open.discard(leaving)
        if not reached:
            await send({"type": "http.response.start", "status": 503, "headers": _AWAY})
        if reached != "end":
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _first(receive: Receive, leaving: asyncio.Event) -> Message:
    """The next message, or a disconnect as soon as `leaving` is set."""
    waits: list[asyncio.Task[Any]] = [asyncio.ensure_future(receive()), asyncio.ensure_future(leaving.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        return waits[0].result() if waits[0].done() else {"type": "http.disconnect"}
    finally:
        for wait in waits:
            wait.cancel()
