"""The supervisor keeps processes running and leaves none behind. Small processes stand for the big ones."""

import os
import signal
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewhub.embedded.child import Child
from reviewhub.embedded.failure import CannotStart
from reviewhub.embedded.supervisor import StopAsked, Supervisor

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('up', flush=True)
time.sleep(60)
"""
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(60)
"""
FORSAKEN = """
import signal, sys, time
from pathlib import Path
from reviewhub.embedded.child import Child
child = Child(name="child", command=["sleep", "60"])
child.start()
Path(sys.argv[1]).write_text(str(child.process.pid))
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    """Whether the process exists and is more than an entry waiting for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition: object, seconds: float = 10) -> None:
    """Wait for `condition()`; fail after `seconds`."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def sleeper(name: str = "sleeper", **more: object) -> Child:
    return Child(name=name, command=["sleep", "60"], **more)  # type: ignore[arg-type]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(said.append)
    yield supervisor
    supervisor.stop_all()


def test_a_killed_process_is_started_again(supervisor: Supervisor, said: list[str]) -> None:
    child = sleeper()
    supervisor.start(child)
    assert child.process is not None
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    child.process.wait()
    supervisor.mend()
    assert child.is_running
    assert child.process.pid != first
    assert said == ["sleeper ended and is started again."]


def test_a_process_that_keeps_dying_stops_everything(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "pause", lambda: time.sleep(0.01))
    supervisor.start(Child(name="broken", command=["false"]))
    with pytest.raises(CannotStart, match="broken ended 6 times in a row"):
        supervisor.watch()


def test_a_failing_step_stops_the_start(supervisor: Supervisor) -> None:
    with pytest.raises(CannotStart, match="migrate failed"):
        supervisor.run_once(Child(name="migrate", command=["false"]))


def test_servers_stop_after_those_who_use_them(supervisor: Supervisor, tmp_path: Path) -> None:
    note = tmp_path / "order"
    program = textwrap.dedent("""
        import signal, sys, time
        def leave(*_):
            open(sys.argv[1], "a").write(sys.argv[2] + " ")
            sys.exit()
        signal.signal(signal.SIGTERM, leave)
        open(sys.argv[1], "a").write("up ")
        time.sleep(60)
    """)
    for name, is_server in (("database", True), ("broker", True), ("web", False)):
        command = [sys.executable, "-c", program, str(note), name]
        supervisor.start(Child(name=name, command=command, is_server=is_server))
    wait_until(lambda: note.exists() and note.read_text().count("up") == 3)
    supervisor.stop_all()
    assert note.read_text() == "up up up web broker database "


def test_a_process_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = Child(name="stubborn", command=[sys.executable, "-c", STUBBORN], patience=0.3, log=log)
    child.start()
    wait_until(lambda: log.exists() and log.read_text() == "up\n")
    child.stop()
    assert not child.is_running
    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL


def test_the_children_of_a_killed_process_go_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    child = Child(name="parent", command=[sys.executable, "-c", PARENT, str(note)])
    supervisor.start(child)
    wait_until(lambda: note.exists() and note.read_text())
    grandchild = int(note.read_text())
    assert is_alive(grandchild)
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait()
    supervisor.mend()
    wait_until(lambda: not is_alive(grandchild))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent died")
def test_a_killed_supervisor_takes_its_children_along(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    supervisor = Child(name="supervisor", command=[sys.executable, "-c", FORSAKEN, str(note)])
    supervisor.start()
    wait_until(lambda: note.exists() and note.read_text())
    forsaken = int(note.read_text())
    assert is_alive(forsaken)
    assert supervisor.process is not None
    os.kill(supervisor.process.pid, signal.SIGKILL)
    supervisor.process.wait()
    wait_until(lambda: not is_alive(forsaken))


def test_a_stop_signal_ends_the_waiting(supervisor: Supervisor) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    pipe = signal.getsignal(signal.SIGPIPE)
    try:
        supervisor.listen_to_signals()
        supervisor.start(sleeper())
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(StopAsked):
            supervisor.watch()
        with pytest.raises(StopAsked):
            supervisor.start(sleeper("too late"))
    finally:
        for number, handler in (*before.items(), (signal.SIGPIPE, pipe)):
            signal.signal(number, handler)
