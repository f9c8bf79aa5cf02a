"""As which system user does the embedded PostgreSQL run?

PostgreSQL refuses to run as root. A normal user runs it as themselves. Root runs it as `nobody`, who owns
only the database's folder. When the way there is closed to others (a checkout in root's home), the server
gets the one capability to pass, and no folder is opened to anybody.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reviewhub.embedded.failure import CannotStart

_PASSING = ("dac_read_search", "dac_override")


@dataclass(frozen=True)
class Account:
    """`uid` and `gid` own the database's files; `prefix` are the words that start a command as that user."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    def own(self, folder: Path, mode: int) -> None:
        """Create `folder` for this user alone, or make sure that it is."""
        folder.mkdir(parents=True, exist_ok=True)
        found = folder.stat()
        if (found.st_uid, found.st_gid) != (self.uid, self.gid):
            os.chown(folder, self.uid, self.gid)
        folder.chmod(mode)


def database_account(*, programs: Path, folder: Path) -> Account:
    """The account that can execute what is in `programs` and reach `folder`.

    Raises CannotStart when root finds no way to give another user access.
    """
    if os.getuid() != 0:
        return Account(os.getuid(), os.getgid())
    nobody = pwd.getpwnam("nobody")
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise CannotStart("Starting PostgreSQL as root needs the program setpriv (package util-linux).")
    drop = (
        setpriv,
        f"--reuid={nobody.pw_uid}",
        f"--regid={nobody.pw_gid}",
        "--clear-groups",
        "--pdeathsig=keep",
    )
    for allowed in ((), *(_keeping(capability) for capability in _PASSING)):
        prefix = (*drop, *allowed, "--")
        if _works((*prefix, str(programs / "pg_config"), "--bindir")) and _works(
            (*prefix, "ls", "-d", f"{folder}/.")
        ):
            return Account(nobody.pw_uid, nobody.pw_gid, prefix)
    raise CannotStart(
        f"PostgreSQL does not run as root, and the user nobody cannot reach {folder} or {programs}. "
        "Run ReviewHub as a normal user, or keep both outside root's home (REVIEWHUB_DATA sets the folder)."
    )


def _keeping(capability: str) -> tuple[str, ...]:
    """PostgreSQL checks its path with access(), which heeds a capability only without set-uid fix-up."""
    return (f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}", "--securebits=+no_setuid_fixup")


def _works(command: Sequence[str]) -> bool:
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  (our own words)
    return done.returncode == 0
