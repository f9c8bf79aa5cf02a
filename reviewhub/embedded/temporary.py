"""Run a command on a private PostgreSQL in a folder that is gone afterwards.

    python -m reviewhub.embedded.temporary [--durable] -- pytest -n 2

The command finds the database in DATABASE_URL. If DATABASE_URL is set already, the command runs on that one.
The server trades safety for speed unless `--durable` asks for what production has (for measurements).
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reviewhub.embedded import places
from reviewhub.embedded.child import Child
from reviewhub.embedded.failure import CannotStart
from reviewhub.embedded.postgres import embedded_postgres


@contextmanager
def temporary_postgres(*, durable: bool = False) -> Iterator[str]:
    """The DATABASE_URL of a new, empty server. It and its files are gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="reviewhub-"))
    folder.chmod(0o711)
    server: Child | None = None
    try:
        postgres = embedded_postgres(folder, durable=durable)
        postgres.prepare()
        server = postgres.child()
        server.start()
        postgres.wait_ready(server, pause=lambda: time.sleep(0.05))
        yield places.postgres_url(folder)
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def run(command: Sequence[str], *, database_url: str) -> int:
    """The command's exit code. It shares our terminal and hears its Ctrl-C itself."""
    process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": database_url})  # noqa: S603
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: process.send_signal(received))
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def main(arguments: Sequence[str]) -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m reviewhub.embedded.temporary", description=__doc__)
    parser.add_argument("--durable", action="store_true", help="the same safety settings as production")
    parser.add_argument("command", nargs="+")
    given = parser.parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: sys.exit(128 + received))
    if url := os.environ.get("DATABASE_URL"):
        return run(given.command, database_url=url)
    try:
        with temporary_postgres(durable=given.durable) as url:
            return run(given.command, database_url=url)
    except CannotStart as problem:
        sys.stderr.write(f"{problem}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
