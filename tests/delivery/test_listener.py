"""The hub, on a real LISTEN connection."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction

from apps.delivery.listener import Hub, Waiter, hub
from apps.delivery.live import announce
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


_LISTENING = """
    SELECT pid FROM pg_stat_activity WHERE application_name = 'reviewhub live' AND datname = current_database()
"""


def _pids() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(_LISTENING)
        return {pid for (pid,) in cursor.fetchall()}


@pytest.fixture(autouse=True)
def others(transactional_db: None) -> Iterator[set[int]]:
    """What listens already: a server of an earlier test may still be saying good-bye. Ours end with the test."""
    found = _pids()
    _OTHERS.clear()
    _OTHERS.update(found)
    yield found
    until(lambda: not _pids() - found)


_OTHERS: set[int] = set()


async def say(*topics: str) -> None:
    await sync_to_async(announce)(topics)


async def listening() -> list[int]:
    """The connections of this test."""
    return sorted(await sync_to_async(_pids)() - _OTHERS)


def run(scenario: Any) -> Any:
    """Each scenario has an event loop of its own, as each server process has."""
    return asyncio.run(scenario)


def test_a_waiter_hears_its_topics_and_no_others() -> None:
    async def scenario() -> None:
        async with hub().subscribe({"queue:1", "person:7"}) as waiter:
            await say("queue:2", "proposal:1")
            assert await waiter.wait(0.2) == frozenset()
            await say("queue:1", "person:7", "queue:9")
            assert await waiter.wait(5) == {"queue:1", "person:7"}
            assert await waiter.wait(0.1) == frozenset()

    run(scenario())


def test_what_is_announced_between_subscribing_and_waiting_is_heard() -> None:
    async def scenario() -> None:
        async with hub().subscribe({"queue:1"}) as waiter:
            await say("queue:1")
            await asyncio.sleep(0.3)
            assert await waiter.wait(1) == {"queue:1"}

    run(scenario())


def test_nothing_is_heard_of_a_transaction_that_rolled_back() -> None:
    def roll_back() -> None:
        with transaction.atomic():
            announce(["queue:1"])
            transaction.set_rollback(True)

    async def scenario() -> None:
        async with hub().subscribe({"queue:1"}) as waiter:
            await sync_to_async(roll_back)()
            assert await waiter.wait(0.3) == frozenset()

    run(scenario())


def test_thousands_wait_on_one_connection_and_wake_quickly() -> None:
    async def scenario() -> tuple[int, float]:
        heard: list[float] = []

        async def one(number: int) -> None:
            async with hub().subscribe({f"proposal:{number}", "queue:1"}) as waiter:
                assert await waiter.wait(60) == {"queue:1"}
                heard.append(time.perf_counter())

        waiting = [asyncio.create_task(one(number)) for number in range(2000)]
        while hub().waiting < 2000:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        connections = len(await listening())
        said = time.perf_counter()
        await say("queue:1")
        await asyncio.gather(*waiting)
        assert hub().waiting == 0
        return connections, sorted(heard)[int(len(heard) * 0.99)] - said

    connections, p99 = run(scenario())
    assert connections == 1
    # A loose bound, for a busy machine.
    assert p99 < 30


def test_a_lost_connection_comes_back_and_everyone_looks_again() -> None:
    def cut(pid: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])

    async def scenario() -> None:
        async with hub().subscribe({"queue:1"}) as waiter:
            (pid,) = await listening()
            await sync_to_async(cut)(pid)
            assert await waiter.wait(10) == {"queue:1"}
            (other,) = await listening()
            assert other != pid
            await say("queue:1")
            assert await waiter.wait(5) == {"queue:1"}

    run(scenario())


def test_a_waiter_that_leaves_is_forgotten() -> None:
    async def scenario() -> None:
        async def wait_long() -> None:
            async with hub().subscribe({"queue:1"}) as waiter:
                await waiter.wait(60)

        task = asyncio.create_task(wait_long())
        while not await listening():
            await asyncio.sleep(0.01)
        assert hub().waiting == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert hub().waiting == 0

    run(scenario())


def test_what_others_send_on_the_channel_is_ignored() -> None:
    def send_strange() -> None:
        with connection.cursor() as cursor:
            for payload in ("", "not json", "7", '{"a": 1}', "[1, null, {}, []]", '["queue:1"]'):
                cursor.execute("SELECT pg_notify('reviewhub', %s)", [payload])

    async def scenario() -> None:
        async with hub().subscribe({"queue:1"}) as waiter:
            await sync_to_async(send_strange)()
            assert await waiter.wait(5) == {"queue:1"}
            assert len(await listening()) == 1

    run(scenario())


def test_each_event_loop_has_its_own_hub() -> None:
    async def its_hub() -> Hub:
        async with hub().subscribe({"queue:1"}) as waiter:
            assert isinstance(waiter, Waiter)
            return hub()

    assert run(its_hub()) is not run(its_hub())
