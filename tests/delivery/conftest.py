"""A real HTTP server that receives webhooks, on this machine."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest
from pytest_django import Settings

from apps.delivery import actions, endpoint_actions
from apps.delivery.endpoint_actions import Target
from apps.delivery.models import Delivery, OutboxEvent, WebhookEndpoint
from tests import factories


@dataclass
class Received:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """`answer` decides about each request: it writes the whole response itself, or returns a status."""

    port: int
    received: list[Received] = field(default_factory=list)
    answer: Callable[[BaseHTTPRequestHandler, Received], int | None] = lambda handler, request: 204

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A receiver on 127.0.0.1, which the operator allowed."""
    settings.REVIEWHUB_WEBHOOK_ALLOW = ["127.0.0.1"]
    known: list[Receiver] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            request = Received(self.path, {key.lower(): value for key, value in self.headers.items()}, body)
            known[0].received.append(request)
            status = known[0].answer(self, request)
            if status is not None:
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that hangs up in the middle is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    known.append(Receiver(server.server_address[1]))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield known[0]
    server.shutdown()
    server.server_close()
    thread.join()


Register = Callable[..., WebhookEndpoint]


@pytest.fixture
def register(now: datetime) -> Register:
    """Registers an endpoint: `register(house, url, name=..., types=...)`."""

    def made(house: factories.House, url: str, name: str = "", **narrowing: object) -> WebhookEndpoint:
        target = Target(name=name or f"hook {uuid4().hex[:6]}", url=url, **narrowing)  # type: ignore[arg-type]
        row, _secret = endpoint_actions.register(target=target, by=house.adam, now=now)
        return row

    return made


def happened(now: datetime, type: str = "reviewhub.proposal.decided.v1", **ids: int) -> OutboxEvent:
    """Something happened."""
    return actions.emit(
        type=type, subject_id=uuid4(), now=now, data={"status": "approved", "name": "Ünal"}, **ids
    )


def letter(now: datetime, to: str = "a@example.org", subject: str = "s", body: str = "b") -> Delivery:
    """An e-mail that waits."""
    return Delivery.objects.create(email=to, subject=subject, body=body, next_at=now, created_at=now)
