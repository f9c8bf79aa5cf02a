"""A real ReviewHub web process on the test's own database, as `manage.py serve` starts it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import requests
from django.conf import settings
from django.db import connection


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a running web process; it is stopped at the end. `folder` takes its data and its log."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "reviewhub.web", str(listener.fileno())],
            cwd=settings.BASE_DIR,
            env=_environment(folder, address),
            pass_fds=[listener.fileno()],
            stdout=log,
            stderr=log,
        )
    try:
        _wait_until_well(address, process, folder / "web.log")
        yield address
    finally:
        listener.close()
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def database_url() -> str:
    """The test's database as `DATABASE_URL` would name it."""
    known = connection.settings_dict
    host, options = known["HOST"], dict(known["OPTIONS"])
    if host.startswith("/"):
        host, options = "", {**options, "host": host}
    password = f":{quote(known['PASSWORD'], safe='')}" if known["PASSWORD"] else ""
    place = f"{host}:{known['PORT']}" if known["PORT"] else host
    return f"postgres://{quote(known['USER'])}{password}@{place}/{quote(known['NAME'])}?{urlencode(options)}"


def _environment(folder: Path, address: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "REVIEWHUB_DATA": str(folder),
        "REVIEWHUB_SECRET_KEYS": settings.SECRET_KEY,
        "REVIEWHUB_BASE_URL": address,
    }


def _wait_until_well(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            if requests.get(f"{address}/api/v1/openapi.json", timeout=5).status_code == 200:
                return
        except (requests.ConnectionError, requests.Timeout):
            pass
        time.sleep(0.1)
    raise AssertionError(f"the web did not answer: {log.read_text()}")
