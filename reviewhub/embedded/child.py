"""One process of the installation: started so that it never outlives the supervisor, stopped with patience.

Each child leads its own session: a Ctrl-C at the terminal reaches the supervisor alone, which then stops
everything in order. If the supervisor itself is killed, Linux sends every child its `orphan_signal`.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(stop_signal: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the process gets `stop_signal` when its parent is gone (Linux only)."""
    parent = os.getpid()

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(_SET_PARENT_DEATH_SIGNAL, int(stop_signal), 0, 0, 0)
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGKILL)

    return prepare


@dataclass
class Child:
    """A command that should be running. `patience` is how many seconds it may take to stop.

    `orphan_signal` is what it gets when the supervisor is gone, who would end it after that time: the stop signal, if
    no other is given.
    The others depend on a child that `is_server`: it starts before them and stops after them.
    """

    name: str
    command: Sequence[str]
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals | None = None
    patience: float = 8
    log: Path | None = None
    cwd: Path | None = None
    is_server: bool = False
    environ: Mapping[str, str] = field(default_factory=dict)
    pass_fds: Sequence[int] = ()
    started: float = 0
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start the command. Its output goes to `log`, or to the supervisor's own."""
        output = None
        if self.log is not None:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            output = self.log.open("ab")
        try:
            self.process = subprocess.Popen(  # noqa: S603  (our own commands, never a shell)
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **self.environ},
                cwd=self.cwd,
                pass_fds=self.pass_fds,
                start_new_session=True,
                preexec_fn=die_with_parent(self.orphan_signal or self.stop_signal),
            )
        finally:
            if output is not None:
                output.close()
        self.started = time.monotonic()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Send the stop signal once."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def stop(self) -> None:
        """Ask, wait as long as the child's patience lasts, then end it."""
        self.ask_to_stop()
        if self.process is not None:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(self.patience)
        self.end()

    def end(self) -> None:
        """Kill it if it still runs. Nothing of it is left afterwards."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()
        self.sweep()

    def sweep(self) -> None:
        """Kill what a dead child left in its process group."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
