"""What all processes of a soak share: the simulated clock, and the journal of what each of them was told.

The journal is what agents and people remember. A line is written after the verb has returned, so whatever stands there
was accepted, and must be found in the database at the end. Both outlive a killed process.
"""

import mmap
import os
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path


class SimulatedClock:
    """One moment for everybody, in memory that forked processes share."""

    def __init__(self, start: datetime) -> None:
        self._memory = mmap.mmap(-1, 16)
        self._set(start, 0)

    def now(self) -> datetime:
        (seconds, _tick) = struct.unpack("dq", self._memory[:16])
        return datetime.fromtimestamp(seconds, UTC)

    def tick(self) -> int:
        """How often it was put forward."""
        (_seconds, tick) = struct.unpack("dq", self._memory[:16])
        return int(tick)

    def forward(self, by: timedelta) -> None:
        self._set(self.now() + by, self.tick() + 1)

    def _set(self, moment: datetime, tick: int) -> None:
        self._memory[:16] = struct.pack("dq", moment.timestamp(), tick)


class Journal:
    """Lines of words, one file for all: short writes to a file opened for appending do not mix."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, *words: object) -> None:
        os.write(self._file, ("\t".join(str(word).replace("\n", " ") for word in words) + "\n").encode())

    def read(self, first: str) -> Iterator[list[str]]:
        """The words after `first` of every line that begins with it."""
        with self._path.open() as lines:
            for line in lines:
                words = line.rstrip("\n").split("\t")
                if words[0] == first:
                    yield words[1:]
