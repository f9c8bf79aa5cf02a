"""What does an event of the audit log say about the quality of the work? Pure: knows no database, request or clock.

One event gives facts about one case. A case has at most one of each `What`; where two events speak about the same, the
graver one stands (`graver`), whatever order they are read in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from apps.quality.states import GROWS, Came, What

_GRAVITY = {came: place for row in GROWS for place, came in enumerate(row)}

# What an agent must not do, by the problem with which the door refused it. What is only badly written is none.
FORBIDDEN = frozenset(
    {"workflow-not-granted", "action-not-granted", "outside-scope", "slice-suspended", "agent-suspended"}
)

VERBS = (
    "proposal.received",
    "proposal.acted",
    "proposal.recorded",
    "proposal.brought_to_person",
    "proposal.approved",
    "proposal.denied",
    "proposal.refused",
    "proposal.redeem_refused",
    "proposal.result_reported",
    "proposal.failed",
    "proposal.escalated",
    "proposal.concluded",
    "task.fallback_applied",
    "task.settled",
    "task.cancelled",
    "clock.breached",
)
"""Every verb that says something here."""


@dataclass(frozen=True, slots=True)
class Happened:
    """An event, as far as it is read: its key, its verb, its day and its data."""

    id: UUID
    verb: str
    day: date
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of the proposal an event is about. `answer` is empty while it has none.

    `answered_on` is the day of the answer, `late_hours` how long it waited beyond the target of its decision.
    """

    id: UUID
    workflow_id: int
    agent_version_id: int
    policy_version_id: int
    route: str
    arrived_on: date
    answer: str = ""
    is_as_proposed: bool = False
    is_by_person: bool = False
    answered_on: date | None = None
    late_hours: float = 0


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to count."""

    what: What
    came: Came
    day: date
    source: UUID
    workflow_id: int
    proposal_id: UUID | None = None
    agent_version_id: int = 0
    policy_version_id: int = 0
    amount: float = 0


def facts(event: Happened, case: Case | None, *, workflow_id: int | None, is_silent: bool) -> Iterator[Fact]:
    """What this event says. `case` is None for an event about no proposal, or about a copy.

    `workflow_id` is of the workflow an agent named when it was refused at the door, if there is one. `is_silent`: the
    event confirms a mistake that nobody had told of; `case` is then what it was made in.
    """
    if event.verb == "proposal.refused":
        if workflow_id is not None and event.data.get("problem") in FORBIDDEN:
            yield Fact(What.ATTEMPT, Came.VIOLATION, event.day, event.id, workflow_id)
        return
    if case is None:
        return
    if event.verb == "proposal.redeem_refused":
        # That something is halted no agent can know before it asks.
        if not event.data.get("is_halted"):
            yield _fact(case, What.ATTEMPT, Came.VIOLATION, event.day, source=event.id)
    elif event.verb in _ARRIVALS:
        came = _ARRIVALS[event.verb] or (Came.BY_ITSELF if case.route == "act" else Came.TO_PERSON)
        yield _fact(case, What.ARRIVAL, came, case.arrived_on)
        if event.verb == "proposal.acted":
            yield _fact(case, What.ACTION, Came.HEARD_OF, event.day)
    elif event.verb in ("proposal.approved", "proposal.denied"):
        yield from _answered(event, case)
    elif event.verb in _TASKS:
        yield _fact(case, What.TASK, _TASKS[event.verb], event.day)
        if event.verb in ("task.settled", "task.cancelled") and case.late_hours > 0:
            yield _fact(case, What.WAIT, Came.LATE, event.day, amount=case.late_hours)
    elif event.verb == "proposal.failed":
        yield _fact(case, What.RESULT, Came.FAILED, event.day)
    elif event.verb == "proposal.result_reported":
        if event.data.get("disposition") == "executed":
            yield _fact(case, What.RESULT, Came.EXECUTED, event.day)
    elif is_silent or (event.verb == "clock.breached" and event.data.get("target") == "result"):
        yield _fact(case, What.ACTION, Came.SILENT, case.answered_on or event.day)


def graver(one: Came, other: Came) -> Came:
    """Which of two things that came of the same stands; the first unless the other is graver."""
    return other if _GRAVITY.get(other, 0) > _GRAVITY.get(one, 0) else one


_ARRIVALS: Mapping[str, Came | None] = {
    # By its route.
    "proposal.received": None,
    "proposal.acted": Came.BY_ITSELF,
    "proposal.recorded": Came.IN_SHADOW,
    "proposal.brought_to_person": Came.TO_PERSON,
}
_TASKS: Mapping[str, Came] = {
    "proposal.escalated": Came.ESCALATED,
    "task.fallback_applied": Came.FALLEN_BACK,
    "task.settled": Came.IN_TIME,
    "task.cancelled": Came.IN_TIME,
}


def _answered(event: Happened, case: Case) -> Iterator[Fact]:
    if case.is_by_person:
        accepted = Came.ACCEPTED if case.is_as_proposed else Came.CORRECTED
        came = Came.REJECTED if case.answer == "reject" else accepted
        yield _fact(case, What.DECISION, came, event.day)
    if event.verb == "proposal.approved":
        yield _fact(case, What.ACTION, Came.HEARD_OF, event.day)


def _fact(
    case: Case, what: What, came: Came, day: date, *, source: UUID | None = None, amount: float = 0
) -> Fact:
    return Fact(
        what,
        came,
        day,
        source or case.id,
        case.workflow_id,
        case.id,
        case.agent_version_id,
        case.policy_version_id,
        amount,
    )
