"""What would a chain have done with a task that is over? Its steps in the order in which they would have come.

Asks `timing.look` at every moment at which a sweeper would have, with the task as it was then. Values only. People are
not known here: that a step would have reached nobody does not show.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apps.escalation.states import Because, Do, Waiting
from apps.escalation.steps import Step, Unreadable
from apps.escalation.timing import Clock, Fire, Hold, Position, Seen, Wait, following, look, moments, telling
from apps.reviews.states import TaskStatus
from apps.routing.states import Fallback

# A task that waited for years, or a step that holds by the minute: the picture does not need to be complete.
MOST_STEPS = 60
_MOST_LOOKS = 20_000


@dataclass(frozen=True, slots=True)
class Stay:
    """A time in which the task was with somebody: claimed, asked, or decided with the undo window open."""

    status: TaskStatus
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """A task as it went: until `over_at` it needed somebody. `hurried` are the moments somebody asked to move on,
    `undone` those at which a decision was taken back.
    """

    opened_at: datetime
    over_at: datetime
    fallback: Fallback
    stays: Sequence[Stay] = ()
    hurried: Sequence[datetime] = ()
    undone: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that would have been taken. `held` is how long it would have waited for whoever had the task."""

    at: datetime
    index: int
    loop: int
    because: Because
    held: timedelta


def simulate(
    steps: Sequence[Step | Unreadable], clock: Clock, target_at: datetime, past: Past
) -> list[Taken]:
    """Every step that would have been taken before the task was over."""
    planned, tells = moments(steps, clock), telling(steps)
    at = Position(0, 0, planned[0])
    now, asked, taken = past.opened_at, 0, list[Taken]()
    for _look in range(_MOST_LOOKS):
        if now >= past.over_at or len(taken) == MOST_STEPS:
            break
        hurried = asked < len(past.hurried) and past.hurried[asked] <= now
        found = look(at, planned, tells, target_at, _seen(past, now, hurried), now)
        if isinstance(found, Fire):
            due_at = planned[found.step] if found.loop == 0 else at.due_at
            taken.append(Taken(now, found.step, found.loop, found.because, max(now - due_at, timedelta())))
            asked += hurried
            if _ends(steps[found.step], past.fallback):
                break
            at = following(found, planned, now)
        elif isinstance(found, Hold | Wait):
            if isinstance(found, Hold) and found.waiting is Waiting.CLAIM:
                at = replace(at, held=True)
            now = min([found.until, *(moment for moment in past.hurried[asked:] if moment > now)])
    return taken


def _seen(past: Past, now: datetime, hurried: bool) -> Seen:
    stay = next((stay for stay in past.stays if stay.begins <= now < stay.ends), None)
    status = stay.status if stay is not None else TaskStatus.OPEN
    return Seen(
        status=status,
        lease_ends_at=stay.ends if stay is not None and status is TaskStatus.CLAIMED else None,
        asked_until=stay.ends if stay is not None and status is TaskStatus.ASKED else None,
        hurried=hurried,
        wavered=any(at <= now for at in past.undone),
    )


def _ends(step: Step | Unreadable, fallback: Fallback) -> bool:
    return isinstance(step, Step) and step.do is Do.FALLBACK and fallback is Fallback.REJECT
