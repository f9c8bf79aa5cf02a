"""One port, two ways: what waits goes to the event loop, everything else to the threads."""

import asyncio
from typing import Any

import pytest

from reviewhub import asgi
from reviewhub.live import LiveHandler, Waiting

PROPOSAL = "/api/v1/proposals/0190b0c4-0000-7000-8000-000000000000"


def scope(path: str, query: bytes = b"", method: str = "GET", headers: Any = ()) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [(b"host", b"localhost"), *headers],
        "scheme": "http",
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 1234),
    }


@pytest.mark.parametrize(
    ("path", "query", "method", "live"),
    [
        ("/live/queues/1", b"", "GET", True),
        (PROPOSAL, b"wait=30", "GET", True),
        (PROPOSAL, b"a=b&wait=1", "GET", True),
        (PROPOSAL, b"wait=nonsense", "GET", True),
        (PROPOSAL, b"wait=0", "GET", False),
        (PROPOSAL, b"wait=", "GET", False),
        (PROPOSAL, b"", "GET", False),
        (PROPOSAL, b"wait=30", "POST", False),
        (PROPOSAL + "/result", b"wait=30", "GET", False),
        (PROPOSAL + "/", b"wait=30", "GET", False),
        (PROPOSAL.replace("c4", "C4"), b"wait=30", "GET", False),
        ("/api/v1/proposals/not-an-id", b"wait=30", "GET", False),
        ("/api/v1/proposals", b"wait=30", "GET", False),
        ("/", b"wait=30", "GET", False),
        ("/livestock", b"", "GET", False),
    ],
)
def test_only_what_may_wait_goes_to_the_event_loop(path: str, query: bytes, method: str, live: bool) -> None:
    assert asgi.is_live(scope(path, query, method)) is live


async def call(application: Any, given: dict[str, Any]) -> list[Any]:
    """Every message the application sends for a request whose client stays."""
    sent: list[Any] = []
    body = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        if not body:
            await asyncio.Event().wait()
        return body.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    await application(given, receive, send)
    return sent


def test_lifespan_and_websockets_are_answered() -> None:
    async def talk() -> list[Any]:
        sent: list[Any] = []
        told = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

        async def receive() -> Any:
            return told.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        await asgi.application({"type": "lifespan"}, receive, send)
        await asgi.application({"type": "websocket"}, receive, send)
        return [message["type"] for message in sent]

    expected = ["lifespan.startup.complete", "lifespan.shutdown.complete", "websocket.close"]
    assert asyncio.run(talk()) == expected


def test_headers_that_pose_as_others_are_dropped() -> None:
    seen: list[Any] = []

    async def pages(given: Any, receive: Any, send: Any) -> None:
        seen.append(given)

    headers = [(b"x_forwarded_for", b"6.6.6.6"), (b"x-forwarded-for", b"7.7.7.7")]
    original, asgi._pages = asgi._pages, pages
    try:
        asyncio.run(call(asgi.application, scope("/", b"q=\xc3\xa9&r=%20", headers=headers)))
    finally:
        asgi._pages = original
    assert [name for name, _value in seen[0]["headers"]] == [b"host", b"x-forwarded-for"]
    assert seen[0]["query_string"] == b"q=%C3%A9&r=%20"


class Endless:
    """A handler that starts an answer, or not, and then waits for its client to leave."""

    def __init__(self, *, starts: bool) -> None:
        self.starts = starts
        self.left = False

    async def __call__(self, given: Any, receive: Any, send: Any) -> None:
        await receive()
        if self.starts:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        self.left = (await receive())["type"] == "http.disconnect"


async def stop_while_open(handler: Endless) -> list[Any]:
    waiting = Waiting(handler)  # type: ignore[arg-type]
    request = asyncio.create_task(call(waiting, scope("/live/x")))
    await asyncio.sleep(0.05)
    waiting.stop()
    sent = await asyncio.wait_for(request, timeout=2)
    after = await asyncio.wait_for(call(waiting, scope("/live/x")), timeout=2)
    assert after
    return sent


def test_a_stopping_server_ends_streams_properly() -> None:
    handler = Endless(starts=True)
    sent = asyncio.run(stop_while_open(handler))
    assert handler.left
    assert [message["type"] for message in sent[:1]] == ["http.response.start"]
    assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


def test_a_stopping_server_sends_waiting_agents_away_to_come_back() -> None:
    handler = Endless(starts=False)
    sent = asyncio.run(stop_while_open(handler))
    assert handler.left
    assert sent[0]["status"] == 503
    assert (b"retry-after", b"1") in sent[0]["headers"]


def test_waiting_requests_pass_the_short_list_of_middleware_only(settings: Any) -> None:
    everything = settings.MIDDLEWARE
    settings.LIVE_MIDDLEWARE = []
    settings.MIDDLEWARE = ["there.is.no.such.middleware"]
    LiveHandler()
    assert settings.MIDDLEWARE == ["there.is.no.such.middleware"]
    settings.MIDDLEWARE = everything
