"""When is each step of a chain due, and what does a run do at the moment somebody looks at it?

Values only: the moments of the decide target come from `sla` as a `Clock`, `now` is passed in. The answer to a look
is one of four: fire a step, hold it, wait, or end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from apps.escalation.states import Because, Do, Ended, Waiting
from apps.escalation.steps import Share, Step, Unreadable
from apps.reviews.states import TaskStatus
from apps.sla.durations import Duration

# The last step comes again after these times, and then every day, until a person decides.
REPEATS = (timedelta(hours=1), timedelta(hours=4))
DAILY = timedelta(hours=24)
# A held run is looked at again this soon: a claim given back early must not hold the chain until its lease ends.
LOOK_AGAIN = timedelta(minutes=1)
LOOK_FOR_ANSWER = timedelta(minutes=5)


class Clock(Protocol):
    """The decide target of one task, with what was paused so far."""

    def at_share(self, share: float) -> datetime:
        """When this share of the target is used up; it may be more than 1."""

    def after(self, duration: Duration) -> datetime:
        """When this much time, working or wall, has passed since the task was opened."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands: the index of its next step, how often the last one was repeated, when it is due.

    `held` says that the step was due before and somebody held the task.
    """

    step: int
    loop: int
    due_at: datetime
    held: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """The task as it is at the look. `asked_until` is the end of the pause for the agent's answer. `wavered`: a
    decision on it was taken back before.
    """

    status: TaskStatus
    lease_ends_at: datetime | None = None
    asked_until: datetime | None = None
    hurried: bool = False
    wavered: bool = False


@dataclass(frozen=True, slots=True)
class Fire:
    """Take this step now; `skipped` are earlier ones that only tell and were overtaken by one that is due as well."""

    step: int
    loop: int
    because: Because
    skipped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """The step is due, but the task is with somebody: look again at `until`."""

    until: datetime
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Wait:
    """The step is not due before `until`: the clock was paused since it was planned."""

    until: datetime


@dataclass(frozen=True, slots=True)
class End:
    """Nobody has to be told any more."""

    because: Ended


Look = Fire | Hold | Wait | End


def moment(step: Step | Unreadable, clock: Clock) -> datetime:
    """When a step is due. An unreadable one is due at once: what comes after it must not wait for it."""
    if isinstance(step, Unreadable):
        return clock.at_share(0)
    if isinstance(step.after, Share):
        return clock.at_share(step.after.percent / 100)
    return clock.after(step.after)


def moments(steps: Sequence[Step | Unreadable], clock: Clock) -> list[datetime]:
    """When each step is due: never before the one above it."""
    planned: list[datetime] = []
    for step in steps:
        at = moment(step, clock)
        planned.append(max(at, planned[-1]) if planned else at)
    return planned


def telling(steps: Sequence[Step | Unreadable]) -> list[bool]:
    """Which steps only tell people. After an outage those are needless once a later one is due; what moves the task
    or applies the fallback is not.
    """
    return [isinstance(step, Step) and step.do is Do.NOTIFY for step in steps]


def repeat_at(fired_at: datetime, loop: int) -> datetime:
    """When the last step comes for the `loop`-th time again (1 is the first repetition)."""
    return fired_at + (REPEATS[loop - 1] if loop <= len(REPEATS) else DAILY)


def following(fired: Fire, planned: Sequence[datetime], now: datetime) -> Position:
    """Where the run stands after this step was taken at `now`: the next step, or the last one again."""
    if fired.step + 1 < len(planned):
        return Position(fired.step + 1, 0, planned[fired.step + 1])
    return Position(len(planned) - 1, fired.loop + 1, repeat_at(now, fired.loop + 1))


def look(
    at: Position,
    planned: Sequence[datetime],
    tells: Sequence[bool],
    target_at: datetime,
    seen: Seen,
    now: datetime,
) -> Look:
    """What a run does now. `planned` are the moments of all its steps, `tells` which of them are `telling`, `target_at`
    is when the decision is due. Of several due steps it takes one at a look: the next look comes at once.
    """
    if seen.status is TaskStatus.DONE:
        return End(Ended.DECIDED)
    if seen.status is TaskStatus.CANCELLED:
        return End(Ended.CANCELLED)
    # Deciding and taking it back in turn must not hold the chain for ever: like a claim, until the target is missed.
    if seen.status is TaskStatus.DECIDED and not (seen.wavered and now > target_at):
        return Hold(now + LOOK_AGAIN, Waiting.UNDO)
    if seen.hurried:
        return Fire(at.step, at.loop, Because.HURRIED)
    if seen.asked_until is not None and now < seen.asked_until:
        return Hold(min(seen.asked_until, now + LOOK_FOR_ANSWER), Waiting.ANSWER)
    due_at = planned[at.step] if at.loop == 0 else at.due_at
    if now < due_at:
        return Wait(due_at)
    if seen.lease_ends_at is not None and now < seen.lease_ends_at and now <= target_at:
        # One second after the target, so that the look at its due time is not too early to see the breach.
        breach_at = target_at + timedelta(seconds=1)
        return Hold(min(seen.lease_ends_at, breach_at, now + LOOK_AGAIN), Waiting.CLAIM)
    return _fire(at, planned, tells, now)


def _fire(at: Position, planned: Sequence[datetime], tells: Sequence[bool], now: datetime) -> Fire:
    """The first due step that is not overtaken; one that was held comes first, so that a lost claim resumes it.

    Steps of the same moment do not overtake each other: each of them is meant.
    """
    step = at.step
    if not at.held and at.loop == 0:
        latest_at = max(moment for moment in planned if moment <= now)
        while tells[step] and planned[step] < latest_at:
            step += 1
    return Fire(step, at.loop, Because.DUE, tuple(range(at.step, step)))
