"""Starts what ReviewHub consists of in order, keeps it running, and stops it in the opposite order.

A process that dies is started again, because nothing is lost with it and a person in the middle of a review
should notice as little as possible. One that keeps dying at once stops everything, with its name.
"""

import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

from reviewhub.embedded.child import Child
from reviewhub.embedded.failure import CannotStart

_TOO_SHORT = 10
_TOO_OFTEN = 5
_TICK = 0.1


class StopAsked(Exception):
    """The person at the terminal, or the system, wants ReviewHub to stop."""


class Supervisor:
    """The running children, oldest first. Servers others depend on are started first and stopped last."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._children: list[Child] = []
        self._failures: dict[str, int] = {}
        self._stop_asked = 0

    def listen_to_signals(self) -> None:
        """Ctrl-C, `kill` and a closed terminal all mean: stop everything."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note_stop)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)

    def _note_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop_asked += 1

    def check_stop(self) -> None:
        """Raises StopAsked once somebody wants us to stop. Called wherever we wait."""
        if self._stop_asked:
            raise StopAsked

    def start(self, child: Child) -> None:
        """Start a process and keep it running from now on."""
        self.check_stop()
        self._children.append(child)
        child.start()

    def run_once(self, child: Child) -> None:
        """Run a command to its end before anything else happens.

        Raises CannotStart when it fails, StopAsked when somebody stops us meanwhile.
        """
        self.check_stop()
        self._children.append(child)
        child.start()
        while child.is_running:
            self.pause()
        self._children.remove(child)
        child.sweep()
        if child.process is not None and child.process.returncode != 0:
            raise CannotStart(f"{child.name} failed; nothing was started.")

    def pause(self) -> None:
        """A moment's wait. Raises StopAsked."""
        time.sleep(_TICK)
        self.check_stop()

    def watch(self) -> None:
        """Restart what dies. Returns never: raises StopAsked or CannotStart."""
        while True:
            self.pause()
            self.mend()

    def mend(self) -> None:
        """Start again what has died since the last look. Raises CannotStart when it keeps dying."""
        for child in self._children:
            if not child.is_running:
                self._restart(child)

    def _restart(self, child: Child) -> None:
        child.sweep()
        lived = time.monotonic() - child.started
        self._failures[child.name] = 1 if lived > _TOO_SHORT else self._failures.get(child.name, 0) + 1
        times = self._failures[child.name]
        if times > _TOO_OFTEN:
            told = f" {child.log} says why." if child.log else ""
            raise CannotStart(f"{child.name} ended {times} times in a row.{told}")
        self._say(f"{child.name} ended and is started again.")
        for _tick in range(int((times - 1) / _TICK)):
            self.pause()
        child.start()

    def stop_all(self) -> None:
        """First what uses the servers, all at once; then the servers, the newest first."""
        self._stop_together([child for child in self._children if not child.is_server])
        for server in reversed(self._children):
            if server.is_server:
                server.stop()
        self._children.clear()

    def _stop_together(self, children: list[Child]) -> None:
        """A second Ctrl-C ends the waiting for those that take their time."""
        asked_before = self._stop_asked
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + max((child.patience for child in children), default=0)
        while any(child.is_running for child in children) and time.monotonic() < deadline:
            if self._stop_asked > asked_before + 1:
                break
            time.sleep(_TICK / 2)
        for child in children:
            child.end()


def say(line: str) -> None:
    """A line for the person at the terminal, if somebody still reads it."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        pass
