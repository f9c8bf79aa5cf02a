"""Starts ReviewHub's servers as production does, and stops them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def gunicorn(*, workers: int = 2, threads: int = 4) -> Iterator[int]:
    """Pages and API behind gunicorn; the port."""
    yield from _server(
        lambda port: [
            *("-m", "gunicorn", "reviewhub.wsgi", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"),
            *(
                "--workers",
                str(workers),
                "--threads",
                str(threads),
                "--keep-alive",
                "30",
                "--log-level",
                "error",
            ),
        ]
    )


@contextmanager
def uvicorn() -> Iterator[int]:
    """One live process; the port."""
    yield from _server(
        lambda port: [
            *("-m", "uvicorn", "reviewhub.asgi:application", "--host", "127.0.0.1", "--port", str(port)),
            *(
                "--log-level",
                "error",
                "--no-access-log",
                "--timeout-graceful-shutdown",
                "2",
                "--backlog",
                "4096",
            ),
        ]
    )


def _server(command):  # type: ignore[no-untyped-def]  # shared body of the two context managers
    port = free_port()
    environment = {**os.environ, "REVIEWHUB_UNDO_SECONDS": "0", "REVIEWHUB_CLAIMS_PER_PERSON": "20"}
    process = subprocess.Popen([sys.executable, *command(port)], env=environment)
    try:
        _wait_ready(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_ready(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError("the server ended before it answered")
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/accounts/login/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server does not answer")
