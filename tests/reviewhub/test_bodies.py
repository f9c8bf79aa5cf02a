"""A request's body is read before a thread is taken."""

import asyncio
from typing import Any

import pytest

from reviewhub import bodies
from reviewhub.bodies import TooSlow, read_ahead


def sender(*messages: dict[str, Any]) -> Any:
    waiting = list(messages)

    async def receive() -> Any:
        if not waiting:
            await asyncio.sleep(3600)
        return waiting.pop(0)

    return receive


def part(body: bytes, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def scope(length: str) -> dict[str, Any]:
    return {"headers": [(b"content-length", length.encode())] if length else []}


def test_a_body_in_parts_is_handed_on_whole_and_once() -> None:
    async def run() -> tuple[Any, Any]:
        receive = sender(part(b"ab", True), part(b"c", False), {"type": "http.disconnect"})
        whole = await read_ahead(scope("3"), receive, most=10)
        return await whole(), await whole()

    first, then = asyncio.run(run())
    assert (first["body"], first["more_body"]) == (b"abc", False)
    assert then["type"] == "http.disconnect"


@pytest.mark.parametrize("messages", [[part(b"a", True)], [part(b"a", True), {"type": "http.disconnect"}]])
def test_a_sender_that_stops_is_given_up(
    messages: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "SECONDS", 0.05)
    with pytest.raises(TooSlow):
        asyncio.run(read_ahead(scope("100"), sender(*messages), most=1000))


@pytest.mark.parametrize("length", ["", "0", "1001", "x"])
def test_what_django_refuses_or_does_not_read_is_left_alone(length: str) -> None:
    receive = sender()
    assert asyncio.run(read_ahead(scope(length), receive, most=1000)) is receive
