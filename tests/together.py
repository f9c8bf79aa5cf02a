"""Runs something in several threads at the same moment, each with its own database connection."""

import threading
from collections.abc import Callable
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def at_once(acts: list[Callable[[], T]]) -> list[T | Exception]:
    """What each returned or raised, in order. They start together, behind a barrier."""
    barrier = threading.Barrier(len(acts))
    results: list[T | Exception] = [RuntimeError("did not finish")] * len(acts)

    def run(index: int, act: Callable[[], T]) -> None:
        try:
            barrier.wait(timeout=30)
            results[index] = act()
        except Exception as error:  # the test looks at it
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index, act)) for index, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def somebody_waits_for_us() -> bool:
    """Whether another connection wants a lock that this one holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])
