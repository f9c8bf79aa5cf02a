"""Waits for something to become true: tests wait for conditions, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(found: Callable[[], T], seconds: float = 60) -> T:
    """The first true answer. A test that waits longer fails."""
    ends = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < ends, "waited too long"
        time.sleep(0.02)
    return answer
