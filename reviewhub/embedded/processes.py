"""The processes ReviewHub itself consists of, as command lines."""

import signal
import sys
from pathlib import Path

from reviewhub.embedded.child import Child

# In a container everything may run as root; tasks come as JSON, so Celery's warning about that says nothing.
_QUIET = ("-W", "ignore:You're running the worker with superuser privileges")
_CELERY = (sys.executable, *_QUIET, "-m", "celery", "-A", "reviewhub", "--quiet")


def web(*, base_dir: Path, number: int, listener: int) -> Child:
    """One web process on the open socket with file descriptor `listener`."""
    command = [sys.executable, "-m", "reviewhub.web", str(listener)]
    return Child(name=f"web {number}", command=command, cwd=base_dir, pass_fds=[listener])


def worker(*, base_dir: Path) -> Child:
    """Runs background tasks, two at a time."""
    options = ["--concurrency=2", "--loglevel=WARNING", "--without-gossip", "--without-mingle"]
    return Child(name="worker", command=[*_CELERY, "worker", *options], cwd=base_dir)


def beat(*, base_dir: Path) -> Child:
    """Wakes the periodic tasks."""
    # Without a broker it may wait for ever to say goodbye. It keeps nothing: its schedule stands in the database.
    command = [*_CELERY, "beat", "--loglevel=WARNING"]
    return Child(name="beat", command=command, orphan_signal=signal.SIGKILL, cwd=base_dir)


def command(*arguments: str, base_dir: Path) -> Child:
    """A management command, named by its first word."""
    words = [sys.executable, str(base_dir / "manage.py"), *arguments]
    return Child(name=arguments[0], command=words, cwd=base_dir)
