"""One reading for all who asked before it began, and never one from before they asked."""

import asyncio

import pytest

from apps.delivery.sharing import Shared


def test_those_who_ask_together_share_one_reading_and_later_ones_get_a_newer_one() -> None:
    read: list[str] = []

    async def reading(key: str) -> int:
        read.append(key)
        number = len(read)
        await asyncio.sleep(0)
        return number

    async def ask() -> None:
        shared = Shared(reading, gap=0.0)
        assert await asyncio.gather(*(shared.read("a") for _one in range(50))) == [1] * 50
        assert await shared.read("a") == 2
        assert await asyncio.gather(shared.read("a"), shared.read("b")) == [3, 4]

    asyncio.run(ask())
    assert read == ["a", "a", "a", "b"]


def test_whoever_asks_while_a_reading_runs_gets_the_next_one() -> None:
    begun, go = 0, asyncio.Event()

    async def reading(_key: str) -> int:
        nonlocal begun
        begun += 1
        number = begun
        await go.wait()
        return number

    async def ask() -> None:
        shared = Shared(reading, gap=0.0)
        first = asyncio.create_task(shared.read("a"))
        while begun == 0:
            await asyncio.sleep(0)
        second = asyncio.create_task(shared.read("a"))
        while begun == 1:
            await asyncio.sleep(0)
        go.set()
        assert (await first, await second) == (1, 2)

    asyncio.run(ask())


def test_one_who_leaves_does_not_take_the_reading_along() -> None:
    async def reading(_key: str) -> int:
        await asyncio.sleep(0.01)
        return 7

    async def ask() -> None:
        shared = Shared(reading, gap=0.0)
        leaving = asyncio.create_task(shared.read("a"))
        staying = asyncio.create_task(shared.read("a"))
        await asyncio.sleep(0)
        leaving.cancel()
        assert await staying == 7

    asyncio.run(ask())


def test_what_fails_is_told_and_tried_again() -> None:
    answers = iter([ValueError("gone"), 1])

    async def reading(_key: str) -> int:
        answer = next(answers)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    async def ask() -> None:
        shared = Shared(reading, gap=0.0)
        with pytest.raises(ValueError, match="gone"):
            await shared.read("a")
        assert await shared.read("a") == 1

    asyncio.run(ask())
