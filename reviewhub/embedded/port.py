"""The web's listening socket, opened by the supervisor: a taken port is known before anything starts,
and a web process that dies and comes back refuses no connection in between."""

import errno
import socket
import time

from reviewhub.embedded.failure import CannotStart


def listen(*, host: str, port: int, seconds: float = 2) -> socket.socket:
    """A socket listening on `host`:`port`, inheritable. Tries for a while: an earlier run may be leaving.

    Raises CannotStart when somebody else has the port.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            if _is_answered("localhost" if host.startswith("127.") else host, port):
                raise OSError(errno.EADDRINUSE, "")
            return _open(host, port)
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE:
                raise CannotStart(
                    f"Cannot listen on {host} port {port}: {problem.strerror or problem}."
                ) from problem
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"Port {port} is in use. Stop what uses it, or choose another one: PORT={port + 1}."
                ) from problem
        time.sleep(0.2)


def _is_answered(host: str, port: int) -> bool:
    """Whether a browser going there would meet somebody, on IPv4 or IPv6."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104  (compared, not bound)
        host = "localhost"
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _open(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except BaseException:
        listener.close()
        raise
    listener.set_inheritable(True)
    return listener
