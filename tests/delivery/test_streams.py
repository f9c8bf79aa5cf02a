"""A live stream as a browser sees it: through uvicorn, ReviewHub's ASGI application and its middleware."""

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from asgiref.sync import sync_to_async
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from apps.accounts.actions import set_active
from apps.accounts.models import User
from apps.delivery import streams
from apps.delivery.listener import Hub
from apps.delivery.live import announce
from reviewhub.asgi import application
from tests.factories import House, pending
from tests.waiting import until


class Door(uvicorn.Server):
    """uvicorn in a thread: signals belong to the test runner."""

    def install_signal_handlers(self) -> None:
        """None."""


@pytest.fixture
def hubs(monkeypatch: pytest.MonkeyPatch) -> list[Hub]:
    """The hubs that were made."""
    made: list[Hub] = []
    construct = Hub.__init__

    def noted(self: Hub) -> None:
        construct(self)
        made.append(self)

    monkeypatch.setattr(Hub, "__init__", noted)
    return made


@pytest.fixture
def port(hubs: list[Hub], live_house: House) -> Iterator[int]:
    """The application served by uvicorn on this port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Door(uvicorn.Config(application, log_config=None, access_log=False, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    listener.close()
    assert not thread.is_alive()
    # The one database connection of all waiting requests lives in asgiref's thread.
    asyncio.run(sync_to_async(connections.close_all)())


class Stream:
    """An open stream, read block by block."""

    def __init__(self, port: int, path: str, cookie: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.connection.request("GET", path, headers={"cookie": cookie, "accept": "text/event-stream"})
        self.response = self.connection.getresponse()

    def block(self) -> str:
        lines: list[str] = []
        while line := self.response.readline().decode().rstrip("\n"):
            lines.append(line)
        return "\n".join(lines)

    def close(self) -> None:
        self.response.close()
        self.connection.close()


Open = Callable[..., Stream]


@pytest.fixture
def open_stream(port: int) -> Iterator[Open]:
    """Opens streams as a person, or as nobody."""
    opened: list[Stream] = []

    def opener(person: User | None) -> Stream:
        opened.append(Stream(port, "/live/desk/", cookie_of(person) if person else ""))
        return opened[-1]

    yield opener
    for stream in opened:
        stream.close()


def cookie_of(person: User) -> str:
    client = Client()
    client.force_login(person)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def test_a_change_reaches_the_page_and_a_closed_page_leaves_nothing_behind(
    open_stream: Open, hubs: list[Hub], live_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.5)
    alice = live_house.alice
    stream = open_stream(alice)
    assert stream.response.status == 200
    assert stream.response.headers["content-type"].startswith("text/event-stream")
    assert stream.response.headers["cache-control"] == "no-store"
    assert stream.block() == "retry: 2000"
    said = time.monotonic()
    announce([f"person:{alice.pk}", "person:0"])
    assert stream.block() == f"event: person\ndata: person:{alice.pk}"
    assert time.monotonic() - said < 15
    assert stream.block().startswith(":")
    assert hubs[0].waiting > 0
    stream.close()
    # The server notices at the next heartbeat at the latest.
    until(lambda: hubs[0].waiting == 0)


def test_nobody_listens_without_signing_in(open_stream: Open, hubs: list[Hub]) -> None:
    stream = open_stream(None)
    assert stream.response.status == 302
    assert "login" in stream.response.headers["location"]
    assert hubs == []


def test_whoever_is_shut_out_hears_nothing_more(
    open_stream: Open, hubs: list[Hub], live_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.5)
    stream, other = open_stream(live_house.alice), open_stream(live_house.bob)
    assert stream.block() == other.block() == "retry: 2000"
    assert stream.block().startswith(":")
    set_active(person=live_house.alice, active=False, by=live_house.adam, now=timezone.now())
    # Only Bob's goes on.
    until(lambda: hubs[0].waiting == 1)
    assert hubs[0].people == [live_house.bob.pk]


def test_a_person_hears_only_their_own_queues(open_stream: Open, live_house: House) -> None:
    charlie = live_house.charlie
    stream = open_stream(charlie)
    assert stream.block() == "retry: 2000"
    announce([f"queue:{queue.pk}" for queue in live_house.queues.values()])
    announce([f"person:{charlie.pk}"])
    assert stream.block() == f"event: person\ndata: person:{charlie.pk}"


def test_a_change_in_a_queue_brings_its_totals(open_stream: Open, live_house: House) -> None:
    queue = live_house.queues["standard"]
    stream = open_stream(live_house.alice)
    assert stream.block() == "retry: 2000"
    pending(live_house, timezone.now())
    event, data = stream.block().split("\n")
    assert event == "event: queue"
    told = json.loads(data.removeprefix("data: "))
    assert told == {"topic": f"queue:{queue.pk}", "waiting": 1, "overdue": 0, "due_soon": 0}


def test_many_viewers_need_one_listening_connection(open_stream: Open, live_house: House) -> None:
    def connections() -> tuple[int, int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FILTER (WHERE application_name = 'reviewhub live'), count(*)"
                " FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
            )
            return cursor.fetchone()

    viewers = [open_stream(live_house.alice) for _ in range(40)]
    for viewer in viewers:
        assert viewer.block() == "retry: 2000"
    listening, all_of_them = connections()
    assert listening == 1
    assert all_of_them <= 4


def test_a_stream_ends_by_itself_so_that_rights_are_asked_again(
    open_stream: Open, live_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "STREAM_SECONDS", 0.6)
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.2)
    stream = open_stream(live_house.alice)
    assert "retry" in stream.response.read().decode()
