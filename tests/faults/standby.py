"""A PostgreSQL and its standby, both of the installed wheel, with the safety settings of production."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from reviewhub.embedded import places
from reviewhub.embedded.child import Child
from reviewhub.embedded.postgres import Postgres, embedded_postgres
from tests.waiting import until


@dataclass
class Server:
    """One of the two."""

    postgres: Postgres
    child: Child

    @property
    def url(self) -> str:
        """As DATABASE_URL names it."""
        return places.postgres_url(self.postgres.data_dir)

    def ask(self, statement: str) -> Any:
        """The first value a statement of the superuser answers with; None when it has no rows."""
        with psycopg.connect(
            host=_sockets(self.postgres), user="postgres", dbname="reviewhub", autocommit=True
        ) as session:
            done = session.execute(statement)
            row = done.fetchone() if done.description else None
            return row[0] if row else None

    def kill(self) -> None:
        """As when the machine goes: no goodbye, nothing written any more."""
        self.child.end()


@contextmanager
def primary_and_standby(folder: Path) -> Iterator[tuple[Server, Server]]:
    """The standby follows, and the primary waits for it with every commit. Nothing of them is left afterwards."""
    first, second = (embedded_postgres(folder / name) for name in ("primary", "standby"))
    started: list[Server] = []
    try:
        first.prepare()
        primary = _started(first, started)
        _copy(first, second)
        second.prepare()
        standby = _started(second, started)
        primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.ask("SELECT pg_reload_conf()")
        until(lambda: primary.ask("SELECT sync_state FROM pg_stat_replication") == "sync", 30)
        yield primary, standby
    finally:
        for server in started:
            server.child.end()
        for postgres in (first, second):
            shutil.rmtree(places.socket_dir(postgres.data_dir), ignore_errors=True)


def _started(postgres: Postgres, started: list[Server]) -> Server:
    server = Server(postgres, postgres.child())
    server.child.start()
    started.append(server)
    postgres.wait_ready(server.child, pause=lambda: time.sleep(0.05))
    return server


def _copy(primary: Postgres, standby: Postgres) -> None:
    """As docs/deployment.md has it, over a socket instead of the network."""
    standby.account.own(standby.files, 0o700)
    backup = str(standby.programs / "pg_basebackup")
    source = ("-h", _sockets(primary), "-U", "postgres", "-D", str(standby.files))
    how = ("-R", "-X", "stream", "-C", "-S", "reviewhub_standby", "--checkpoint=fast")
    done = subprocess.run(
        [*standby.account.prefix, backup, *source, *how], cwd="/", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _sockets(postgres: Postgres) -> str:
    return str(places.postgres_socket_dir(postgres.data_dir))
