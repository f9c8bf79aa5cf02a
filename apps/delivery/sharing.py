"""One reading for everybody who was told at the same time that something changed.

Two hundred pages that hear of one change need its figures once, not two hundred times. Whoever asks gets a reading that
began after they asked, so it holds what they heard of; those who ask until it begins share it. Readings of one key
begin at least `gap` seconds apart: many changes a second cost no more than a few.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

Key = TypeVar("Key")
Value = TypeVar("Value")


class Shared(Generic[Key, Value]):
    """Readings by `read`, shared within each event loop."""

    def __init__(self, read: Callable[[Key], Awaitable[Value]], *, gap: float) -> None:
        self._read = read
        self._gap = gap
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Readings[Key, Value]] = WeakKeyDictionary()

    async def read(self, key: Key) -> Value:
        """A reading that begins from now on. Raises what reading raises, to everybody who shares it."""
        readings = self._loops.setdefault(asyncio.get_running_loop(), _Readings())
        waiting = readings.waiting.get(key)
        if waiting is None:
            waiting = asyncio.create_task(self._begin(key, readings))
            readings.waiting[key] = waiting
            readings.tasks.add(waiting)
            waiting.add_done_callback(readings.tasks.discard)
        # One who leaves must not take the reading away from the others.
        return await asyncio.shield(waiting)

    async def _begin(self, key: Key, readings: "_Readings[Key, Value]") -> Value:
        clock = asyncio.get_running_loop().time
        pause = readings.begun.get(key, -self._gap) + self._gap - clock()
        if pause > 0:
            await asyncio.sleep(pause)
        readings.begun[key] = clock()
        del readings.waiting[key]
        return await self._read(key)


class _Readings(Generic[Key, Value]):
    """Of one event loop: when the last reading of a key began, and the one that has not begun yet."""

    def __init__(self) -> None:
        self.begun: dict[Key, float] = {}
        self.waiting: dict[Key, asyncio.Task[Value]] = {}
        # The loop itself holds its tasks weakly only.
        self.tasks: set[asyncio.Task[Value]] = set()
