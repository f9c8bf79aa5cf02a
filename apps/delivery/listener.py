"""Hears what `live.announce` tells and wakes those who wait for it, in this process.

One LISTEN connection serves every waiter of an event loop (a server process has one loop); a waiter costs a
set entry and an event, no database connection. The connection also says whose pages are open
(`accounts.presence`). What is heard is a hint: the connection may be gone for a
while, so after it is back everyone is woken once and reads the truth. Waiting goes: subscribe, read, wait,
read again; in this order nothing can be missed.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
import structlog
from django.db import connections
from django.utils import timezone

from apps.accounts.presence import SEE
from apps.delivery.live import CHANNEL

_READY_SECONDS = 5.0
_QUIET_SECONDS = 30.0
_LONGEST_PAUSE_SECONDS = 5.0
log = structlog.get_logger(__name__)


class Waiter:
    """One who waits for some topics."""

    def __init__(self) -> None:
        self._heard: set[str] = set()
        self._event = asyncio.Event()

    async def wait(self, timeout: float) -> frozenset[str]:
        """The topics heard since the last call, as soon as there are any; empty after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._event.wait()
        except TimeoutError:
            return frozenset()
        heard = frozenset(self._heard)
        self.forget()
        return heard

    def forget(self) -> None:
        """Take what was heard until now as known."""
        self._heard.clear()
        self._event.clear()

    def tell(self, topic: str) -> None:
        """Note a topic and wake the waiting coroutine."""
        self._heard.add(topic)
        self._event.set()


class Hub:
    """The waiters of one event loop and the connection that hears for them."""

    def __init__(self) -> None:
        self._waiters: dict[str, set[Waiter]] = {}
        self._listening = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many wait, whatever the number of their topics."""
        return len(set().union(*self._waiters.values()))

    @property
    def people(self) -> list[int]:
        """Ids of the people who wait: those whose pages are open."""
        told = (topic.partition(":") for topic in self._waiters)
        return [int(name) for kind, _colon, name in told if kind == "person" and name.isdecimal()]

    @asynccontextmanager
    async def subscribe(self, topics: Iterable[str]) -> AsyncIterator[Waiter]:
        """A waiter for any of `topics`. Inside, everything announced from now on is heard."""
        waiter, wanted = Waiter(), set(topics)
        for topic in wanted:
            self._waiters.setdefault(topic, set()).add(waiter)
        try:
            await self._ready()
            waiter.forget()
            yield waiter
        finally:
            for topic in wanted:
                self._waiters[topic].discard(waiter)
                if not self._waiters[topic]:
                    del self._waiters[topic]

    async def _ready(self) -> None:
        """Return when the connection listens. Without a database, go on: the reconnect wakes everyone."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(
                self._keep_listening(), name="reviewhub-listen"
            )
        if not self._listening.is_set():
            try:
                async with asyncio.timeout(_READY_SECONDS):
                    await self._listening.wait()
            except TimeoutError:
                log.warning("live_updates_not_ready")

    async def _keep_listening(self) -> None:
        pause = 0.1
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    **_parameters(), autocommit=True
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    pause = 0.1
                    self._wake_everyone()
                    self._listening.set()
                    await self._hear(connection)
            except Exception as error:  # whatever it is: those who wait must not wait for nothing
                log.warning("live_updates_interrupted", error=str(error))
            finally:
                self._listening.clear()
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  (spreads processes, no secret)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _hear(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Pass notifications on. Now and then say who is here, which also shows that the connection is still there."""
        while True:
            await connection.execute(SEE, [timezone.now(), self.people])
            async for message in connection.notifies(timeout=_QUIET_SECONDS):
                self._pass_on(message.payload)

    def _pass_on(self, payload: str) -> None:
        try:
            topics = json.loads(payload)
        except ValueError:
            return  # somebody else used our channel
        for topic in topics if isinstance(topics, list) else []:
            for waiter in self._waiters.get(topic, ()) if isinstance(topic, str) else ():
                waiter.tell(topic)

    def _wake_everyone(self) -> None:
        for topic, waiters in self._waiters.items():
            for waiter in waiters:
                waiter.tell(topic)


_hubs: "WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]" = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop, made at first use."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


def _parameters() -> dict[str, Any]:
    """Django's connection parameters, as far as a connection of psycopg's own understands them."""
    wrapper: Any = connections["default"]
    parameters = dict(wrapper.get_connection_params())
    for key in ("cursor_factory", "context", "autocommit", "row_factory", "prepare_threshold"):
        parameters.pop(key, None)
    return {
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "connect_timeout": 5,
        **parameters,
        "application_name": "reviewhub live",
    }
