"""Worker, beat and web as the supervisor runs them, on the test's database, with a broker that can be hurt."""

import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from django.conf import settings
from django.db import connection
from kombu import Connection

from reviewhub.embedded import places, processes
from reviewhub.embedded.broker import broker_child, prepare_broker, wait_broker
from reviewhub.embedded.child import Child
from tests.faults.wire import Wire
from tests.replay.serving import database_url


class Broker(Protocol):
    """A broker whose messages can be lost, and which can be away."""

    url: str

    def flush(self, queue: str) -> None:
        """Lose every message of the queue."""

    def stop(self) -> None:
        """Nobody reaches it any more."""

    def start(self) -> None:
        """It is there again."""

    def close(self, queue: str) -> None:
        """Leave nothing of the test behind."""


class EmbeddedBroker:
    """The broker of `manage.py serve`, in a folder of its own. Stopped means killed: it keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.url = places.broker_url(folder)
        self._folder = folder
        self._child: Child | None = None
        self.start()

    def flush(self, queue: str) -> None:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(places.broker_socket(self._folder)))
            line.sendall(b"FLUSHALL\r\n")
            assert line.recv(64) == b"+OK\r\n"

    def stop(self) -> None:
        if self._child is not None and self._child.process is not None:
            self._child.process.kill()
            self._child.end()

    def start(self) -> None:
        prepare_broker(self._folder)
        self._child = broker_child(self._folder)
        self._child.start()
        wait_broker(self._folder, self._child, pause=lambda: time.sleep(0.02))

    def close(self, queue: str) -> None:
        self.stop()
        shutil.rmtree(places.socket_dir(self._folder), ignore_errors=True)


class GivenBroker:
    """The one of CELERY_BROKER_URL, which others use too: only the test's own queue is emptied, and it is not the
    broker that goes away but the wire to it.
    """

    def __init__(self) -> None:
        self._wire = Wire(settings.CELERY_BROKER_URL)
        self.url = self._wire.url

    def flush(self, queue: str) -> None:
        with Connection(settings.CELERY_BROKER_URL) as broker:
            broker.default_channel.queue_purge(queue)

    def stop(self) -> None:
        self._wire.cut()

    def start(self) -> None:
        self._wire.mend()

    def close(self, queue: str) -> None:
        self._wire.cut()
        with suppress(Exception), Connection(settings.CELERY_BROKER_URL) as broker:
            broker.default_channel.queue_delete(queue)


class Installation:
    """Processes of ReviewHub; whatever dies is started again by `keep_running`, as the supervisor does."""

    def __init__(self, folder: Path, broker: Broker, queue: str) -> None:
        self.broker = broker
        self.queue = queue
        self.folder = folder
        self._children: list[Child] = []
        self._environ = {
            "DATABASE_URL": database_url(),
            "CELERY_BROKER_URL": broker.url,
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "FAULTS_QUEUE": queue,
            "REVIEWHUB_DATA": str(folder),
            "REVIEWHUB_SECRET_KEYS": settings.SECRET_KEY,
            "REVIEWHUB_UNDO_SECONDS": "0",
        }

    def start(self, *wanted: str) -> None:
        """`worker`, `beat`, as many as there are words."""
        makers: dict[str, Callable[..., Child]] = {"worker": processes.worker, "beat": processes.beat}
        for name in wanted:
            self._add(makers[name](base_dir=settings.BASE_DIR))

    def start_web(self, listener: socket.socket) -> None:
        """A web process on an open port. It stays open when the process dies, as the supervisor keeps it."""
        self._add(processes.web(base_dir=settings.BASE_DIR, number=1, listener=listener.fileno()))

    def kill(self, name: str) -> None:
        """SIGKILL the processes of this name, and what the supervisor sweeps up after them."""
        for child in self._children:
            if child.name.startswith(name) and child.process is not None:
                child.process.kill()
                child.end()

    def keep_running(self) -> None:
        """Start again what is dead."""
        for child in self._children:
            if not child.is_running:
                child.sweep()
                child.start()

    def said(self) -> str:
        """Everything the processes have written."""
        return (self.folder / "processes.log").read_text()

    def stop(self) -> None:
        """Kill everything, and see that nothing is left."""
        for child in self._children:
            if child.process is not None:
                child.process.kill()
            child.end()
        assert self.left() == []

    def left(self) -> list[str]:
        """Command lines of live processes that belong to this installation."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if int(place.name) != os.getpid() and self.queue.encode() in (place / "environ").read_bytes():
                    found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        return [words for words in found if words]

    def _add(self, child: Child) -> None:
        child.environ = self._environ
        child.log = self.folder / "processes.log"
        child.start()
        self._children.append(child)


@contextmanager
def installed(folder: Path, broker: Broker) -> Iterator[Installation]:
    """Nothing of it is left afterwards."""
    installation = Installation(folder, broker, f"reviewhub-faults-{uuid4().hex[:8]}")
    try:
        yield installation
    finally:
        installation.stop()
        broker.close(installation.queue)


def end_sessions() -> int:
    """End every other session on the test's database, as a server that restarts does. How many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])
