"""Who would be told when? "This task would reach A at 10:00, B at 11:00, the fallback at 15:00."

Values only: the moments come from `timing` on the real calendar, the names from whoever resolved them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.escalation.states import Do
from apps.escalation.steps import Step, To, Unreadable
from apps.escalation.timing import Clock, moments, repeat_at

# As many repetitions of the last step as the timeline shows: the hour, the four, and the first day.
SHOWN_REPEATS = 3


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of the chain. `names` are the people, queues or channels it reaches; empty where it reaches none.

    `index` counts the chain's steps from 0, `loop` the repetitions of the last one. `do` None: unreadable.
    """

    at: datetime
    index: int
    loop: int
    do: Do | None
    to: tuple[To, ...]
    names: tuple[str, ...]


def timeline(
    steps: Sequence[Step | Unreadable], clock: Clock, names: Callable[[To], Sequence[str]]
) -> list[Stop]:
    """Every step with its moment, then the first repetitions of the last one."""
    planned = moments(steps, clock)
    stops = [
        _stop(at, index, 0, step, names) for index, (at, step) in enumerate(zip(planned, steps, strict=True))
    ]
    at = planned[-1]
    for loop in range(1, SHOWN_REPEATS + 1):
        at = repeat_at(at, loop)
        stops.append(_stop(at, len(steps) - 1, loop, steps[-1], names))
    return stops


def _stop(
    at: datetime, index: int, loop: int, step: Step | Unreadable, names: Callable[[To], Sequence[str]]
) -> Stop:
    if isinstance(step, Unreadable):
        return Stop(at, index, loop, None, (), ())
    reached = tuple(dict.fromkeys(name for to in step.to for name in names(to)))
    return Stop(at, index, loop, step.do, step.to, reached)
