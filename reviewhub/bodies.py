"""Reads request bodies on the event loop, before a thread is taken: a slow sender holds a connection, nothing else."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from reviewhub.live import Message, Receive, Scope

# A body that is not there by then is given up.
SECONDS = 20.0


class TooSlow(Exception):
    """The client did not send its body in time."""


async def read_ahead(scope: Scope, receive: Receive, *, most: int) -> Receive:
    """A `receive` that has the whole body at hand. Raises TooSlow.

    A body announced as larger than `most`, or with no length, is left alone: Django refuses it without reading.
    """
    length = dict(scope["headers"]).get(b"content-length", b"")
    if not length.isdigit() or not 0 < int(length) <= most:
        return receive
    parts: list[bytes] = []
    try:
        async with asyncio.timeout(SECONDS):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise TooSlow
                parts.append(message.get("body", b""))
                more = message.get("more_body", False)
    except TimeoutError as late:
        raise TooSlow from late
    whole: MutableMapping[str, Any] | None = {
        "type": "http.request",
        "body": b"".join(parts),
        "more_body": False,
    }

    async def replay() -> Message:
        nonlocal whole
        if whole is None:
            return await receive()
        message, whole = whole, None
        return message

    return replay
