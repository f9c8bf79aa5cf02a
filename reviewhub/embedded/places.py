"""Where on disk does the embedded installation keep what? Pure paths: nothing is created here.

A unix socket's path may be about 100 characters long, and the broker's address allows no unusual character.
When the data folder breaks either rule, the sockets live in a short folder of this user instead.
"""

import hashlib
import os
import re
from pathlib import Path
from urllib.parse import quote

_LONGEST_SOCKET = 100
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+")
_POSTGRES_SOCKET = ".s.PGSQL.5432"


def socket_dir(data_dir: Path) -> Path:
    """The folder that holds one folder of sockets for each embedded server."""
    near = data_dir / "sockets"
    longest = near / "postgres" / _POSTGRES_SOCKET
    if len(os.fsencode(longest)) <= _LONGEST_SOCKET and _PLAIN.fullmatch(str(near)):
        return near
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path("/tmp") / f"reviewhub-{os.getuid()}-{digest}"  # noqa: S108  (owner and mode are checked when made)


def postgres_socket_dir(data_dir: Path) -> Path:
    """The folder of PostgreSQL's socket: what libpq calls the host."""
    return socket_dir(data_dir) / "postgres"


def postgres_url(data_dir: Path) -> str:
    """The address of the embedded database, as DATABASE_URL would give it."""
    return f"postgres://reviewhub@/reviewhub?host={quote(str(postgres_socket_dir(data_dir)))}"


def broker_socket(data_dir: Path) -> Path:
    """The broker's socket."""
    return socket_dir(data_dir) / "broker" / "broker.sock"


def broker_url(data_dir: Path) -> str:
    """The address of the embedded broker, as CELERY_BROKER_URL would give it."""
    return f"redis+socket://{broker_socket(data_dir)}"


def postgres_dir(data_dir: Path) -> Path:
    """PostgreSQL's own files."""
    return data_dir / "postgres"


def log_file(data_dir: Path, name: str) -> Path:
    """What the embedded server `name` has to say."""
    return data_dir / "log" / f"{name}.log"


def lock_file(data_dir: Path) -> Path:
    """Held while a ReviewHub runs on this folder."""
    return data_dir / "running.lock"
