"""Real sockets on this machine; only name lookup is played, because that is what an attacker controls."""

import socket
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from pytest_django import Settings

from apps.delivery import outbound
from apps.delivery.outbound import post
from tests.delivery.conftest import Received, Receiver


def call(url: str) -> outbound.Answer:
    return post(url=url, body=b"{}", headers={"webhook-id": "1"})


def test_any_2xx_is_accepted(receiver: Receiver) -> None:
    for status in (200, 201, 204, 299):
        receiver.answer = lambda handler, request, status=status: status
        assert call(receiver.url()).accepted


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    def redirect(handler: BaseHTTPRequestHandler, request: Received) -> None:
        handler.send_response(302)
        handler.send_header("location", "/elsewhere")
        handler.send_header("content-length", "0")
        handler.end_headers()

    receiver.answer = redirect
    answer = call(receiver.url())
    assert answer.status == 302
    assert not answer.accepted
    assert [request.path for request in receiver.received] == ["/hook"]


def test_at_most_64_kilobytes_of_the_answer_are_read(receiver: Receiver) -> None:
    sent = 0

    def endless(handler: BaseHTTPRequestHandler, request: Received) -> None:
        nonlocal sent
        handler.send_response(500)
        handler.end_headers()
        try:
            while sent < 100_000_000:
                sent += handler.wfile.write(b"x" * 65536)
        except OSError:
            return

    receiver.answer = endless
    answer = call(receiver.url())
    assert answer.status == 500
    assert len(answer.excerpt) == 200
    # What the sockets' buffers hold, no more.
    assert sent < 20_000_000


def test_a_dripping_receiver_is_cut_off(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "WHOLE_SECONDS", 0.5)

    def drip(handler: BaseHTTPRequestHandler, request: Received) -> None:
        try:
            for _ in range(100):
                handler.wfile.write(b"H")
                time.sleep(0.1)
        except OSError:
            return

    receiver.answer = drip
    started = time.monotonic()
    answer = call(receiver.url())
    assert answer.status is None
    assert time.monotonic() - started < 3


def test_hostile_text_in_the_answer_becomes_one_printable_line(receiver: Receiver) -> None:
    def hostile(handler: BaseHTTPRequestHandler, request: Received) -> None:
        body = b"a\x00b\r\n\x1b[31m\xff\xe2\x80\xaec"
        handler.send_response(400)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    receiver.answer = hostile
    excerpt = call(receiver.url()).excerpt
    assert excerpt.isprintable()
    assert "\x00" not in excerpt


def test_this_machine_is_refused_when_nobody_allowed_it(receiver: Receiver, settings: Settings) -> None:
    settings.REVIEWHUB_WEBHOOK_ALLOW = []
    answer = call(f"https://127.0.0.1:{receiver.port}/hook")
    assert answer.status is None
    assert "127.0.0.1" in answer.excerpt
    assert receiver.received == []


def test_a_name_that_turns_private_after_it_was_vetted_gets_nothing(
    receiver: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public for our look-ups, this machine for whoever asks later."""
    settings.REVIEWHUB_WEBHOOK_ALLOW = []
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if host != "rebind.example":
            return real(host, port, *args, **kwargs)
        asked.append(host)
        address = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    answer = call(f"https://rebind.example:{receiver.port}/hook")
    assert answer.status is None
    assert len(asked) >= 2
    assert receiver.received == []


def test_an_allowed_network_does_not_open_the_others_to_a_rebinding_name(
    receiver: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here nothing pins the address, so the connected peer itself is what stops it, before a byte is sent."""
    settings.REVIEWHUB_WEBHOOK_ALLOW = ["10.0.0.0/8"]
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if host != "rebind.example":
            return real(host, port, *args, **kwargs)
        asked.append(host)
        address = "10.1.1.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    answer = call(f"https://rebind.example:{receiver.port}/hook")
    assert "RefusedAddress" in answer.excerpt
    assert receiver.received == []


def test_a_host_the_operator_named_may_be_anywhere(receiver: Receiver, settings: Settings) -> None:
    settings.REVIEWHUB_WEBHOOK_ALLOW = ["localhost"]
    assert call(f"http://localhost:{receiver.port}/hook").accepted


def test_a_proxy_in_the_environment_is_not_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert call(receiver.url()).accepted


def test_nobody_listening_is_an_answer_without_a_status(settings: Settings) -> None:
    settings.REVIEWHUB_WEBHOOK_ALLOW = ["127.0.0.1"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        answer = call(f"http://127.0.0.1:{free.getsockname()[1]}/")
    assert answer.status is None
    assert answer.exhausted
