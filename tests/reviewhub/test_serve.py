"""All of ReviewHub started by one command, and nothing of it left after Ctrl-C or a killed supervisor."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings

from reviewhub.embedded import places

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
    pytest.mark.xdist_group("serve"),
]


class Installation:
    """A ReviewHub in a folder of its own, with a path too long for sockets."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "a folder with a long name" / ("x" * 90)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environ = {**inherited, "REVIEWHUB_DATA": str(self.data), "PORT": str(self.port)}
        self.log = folder / "output"

    def start(self, **environ: str) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=settings.BASE_DIR,
                env={**self.environ, **environ},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def is_healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def processes(self) -> dict[int, str]:
        """Every live process with this installation's folders in its environment or arguments."""
        found = {}
        marks = [str(self.data).encode(), str(places.socket_dir(self.data)).encode()]
        for place in Path("/proc").glob("[0-9]*"):
            try:
                cmdline = (place / "cmdline").read_bytes()
                known = cmdline + (place / "environ").read_bytes()
            except OSError:
                continue
            if cmdline and any(mark in known for mark in marks):
                found[int(place.name)] = cmdline.replace(b"\0", b" ").decode()
        return found

    def named(self, part: str) -> set[int]:
        """Those with `part` in their command line."""
        return {pid for pid, words in self.processes().items() if part in words}


def wait_until(condition: Callable[[], object], installation: Installation, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, (installation.log.read_text(), installation.processes())
        time.sleep(0.1)


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """Outside pytest's own folders, which only this user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="serve-"))
    installation = Installation(folder)
    yield installation
    for pid in installation.processes():
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(places.socket_dir(installation.data), ignore_errors=True)
    shutil.rmtree(folder)


def test_one_command_starts_everything_and_ctrl_c_leaves_nothing(installation: Installation) -> None:
    supervisor = installation.start()
    wait_until(lambda: "Ctrl-C stops it" in installation.log.read_text(), installation)
    assert installation.is_healthy()
    running = " ".join(installation.processes().values())
    for part in ("postgres -D", "valkey-server", "reviewhub.web", "worker", "beat"):
        assert part in running

    os.kill(supervisor.pid, signal.SIGINT)
    assert supervisor.wait(60) == 0
    assert installation.processes() == {}


def test_a_second_one_on_the_same_folder_or_port_is_refused(installation: Installation) -> None:
    supervisor = installation.start()
    wait_until(installation.is_healthy, installation)
    same_folder = installation.start(PORT="1")
    same_port = installation.start(REVIEWHUB_DATA=str(installation.data.parent / "other"))
    assert (same_folder.wait(60), same_port.wait(60)) == (1, 1)
    said = installation.log.read_text()
    assert f"Another ReviewHub (process {supervisor.pid}) is running on {installation.data}." in said
    assert f"Port {installation.port} is in use." in said
    assert installation.is_healthy()
    supervisor.terminate()
    assert supervisor.wait(60) == 0


def test_killed_parts_come_back_and_a_killed_supervisor_takes_all_along(installation: Installation) -> None:
    supervisor = installation.start()
    wait_until(lambda: installation.is_healthy() and installation.named("beat"), installation)
    for part in ("beat", "worker", "reviewhub.web", "valkey-server", "postgres -D"):
        killed = installation.named(part)
        assert killed
        for pid in killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda part=part, killed=killed: installation.named(part) - killed, installation)
    wait_until(installation.is_healthy, installation)

    supervisor.kill()
    supervisor.wait()
    wait_until(lambda: not installation.processes(), installation, seconds=60)

    again = installation.start()
    wait_until(installation.is_healthy, installation)
    again.terminate()
    assert again.wait(60) == 0
    assert installation.processes() == {}
