"""Who has read what in the log? The log keeps nothing of that: whoever has to know says on start how it is told.

`reviews` has to: who reads there that something is a known case is not shown it as a task any more.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

# (the signed-in person, the events a page shows them, now). This is loaded before there are models to name.
Sink = Callable[[Any, Sequence[Any], datetime], None]
_sinks: list[Sink] = []


def tell(sink: Sink) -> None:
    """Tell this one from now on, too."""
    if sink not in _sinks:
        _sinks.append(sink)


def noticed(by: Any, events: Sequence[Any], now: datetime) -> None:
    """These events are shown to `by`."""
    for sink in _sinks:
        sink(by, events, now)
