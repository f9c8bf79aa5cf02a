"""Sends requests from several connections at once, and says how many a second were answered well."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection


@dataclass
class Rate:
    """What was measured: how many, in how many seconds, how long each took (seconds, sorted)."""

    done: int
    seconds: float
    times: list[float]

    @property
    def per_second(self) -> float:
        return self.done / self.seconds

    def percentile(self, share: float) -> float:
        """Seconds below which this share of the requests stayed."""
        return self.times[min(len(self.times) - 1, int(len(self.times) * share))] if self.times else 0.0


def sustained(
    port: int, work: Callable[[HTTPConnection, int, int], int], *, clients: int, seconds: float
) -> Rate:
    """Let each client do `work(connection, client, round)` again and again; it returns how much it got done.

    Stops early when a client gets nothing done.
    """
    until = time.monotonic() + seconds
    done = [0] * clients
    times: list[list[float]] = [[] for _client in range(clients)]
    errors: list[Exception] = []

    def run(client: int) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        round_ = 0
        try:
            while time.monotonic() < until:
                begun = time.perf_counter()
                number = work(connection, client, round_)
                if not number:
                    break
                times[client].append(time.perf_counter() - begun)
                done[client] += number
                round_ += 1
        except Exception as error:  # told after the others have stopped
            errors.append(error)

    begun = time.perf_counter()
    threads = [threading.Thread(target=run, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - begun
    if errors:
        raise errors[0]
    return Rate(sum(done), spent, sorted(took for client in times for took in client))
