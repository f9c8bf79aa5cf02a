"""What else is proposed about the same subject at the same time, and does it contradict what this card shows?"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.accounts.policies import allows
from apps.desk.queries.changes import action_differences
from apps.desk.queries.sight import masked
from apps.desk.texts.told import Told
from apps.proposals.models import Proposal
from apps.proposals.states import Status
from apps.reviews import policies
from apps.reviews.gathering import siblings
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another task about the same subject that is still open; `is_granted`: approved, and not carried out yet.

    `summary` is None where this person has to say first what they would do about it. `is_same`: exactly the same
    action with the same values; otherwise `changes` are what differs from this card's, where `is_one_kind`.
    """

    task: Task
    summary: Told | None
    agent: str
    is_same: bool
    is_one_kind: bool
    changes: list[dict[str, Any]]
    is_mine: bool
    holder: str
    is_granted: bool


def conflicts(task: Task, *, by: User, queues: Collection[int], now: datetime) -> list[Conflict]:
    """The others, as `by` may see them; no query for a task that stands alone, two or three otherwise."""
    return [
        _conflict(task.proposal, other, by, queues)
        for other in siblings(task, now=now)
        if allows(policies.check_see, other, by=by, queues=queues)
    ]


def _conflict(own: Proposal, other: Task, by: User, queues: Collection[int]) -> Conflict:
    proposal = other.proposal
    is_open = allows(policies.check_see_choice, other, by=by, queues=queues)
    seen = masked(proposal, others=[(own.action_type, own.args)])
    ours, theirs = (own.action_type.name, own.args), (proposal.action_type.name, proposal.args)
    is_one_kind = own.action_type_id == proposal.action_type_id
    is_held = other.status == TaskStatus.CLAIMED and other.claimed_by is not None
    return Conflict(
        task=other,
        summary=seen.told(proposal.summary) if is_open else None,
        agent=proposal.agent.name,
        is_same=is_open and own.args_sha256 == proposal.args_sha256,
        is_one_kind=is_one_kind,
        changes=action_differences(ours, theirs, own.args_schema, seen) if is_open and is_one_kind else [],
        is_mine=is_held and other.claimed_by_id == by.pk,
        holder=other.claimed_by.name if is_held and other.claimed_by is not None else "",
        is_granted=proposal.status == Status.APPROVED,
    )
