"""Orders another, blind look at a proposal, makes the copy that is looked at, and says what looks are still open."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from string import digits
from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.audit.ids import uuid7
from apps.audit.insertion import insert, insert_at_end
from apps.proposals.models import Alternative, Assessment, Evidence, Examination, Proposal
from apps.proposals.states import Purpose, Status, Substatus
from apps.registry.states import Stage
from apps.routing.states import Route
from apps.trust.states import Basis

Row = TypeVar("Row", Evidence, Alternative, Assessment)
# How much of an id's end is another in a copy, and which characters take each other's place there.
_TAIL = 6
_KINDS = (digits, "abcdef", "ghijklmnopqrstuvwxyz", "ABCDEF", "GHIJKLMNOPQRSTUVWXYZ")


def order(
    *,
    original: Proposal,
    purpose: Purpose,
    excluded: Iterable[int],
    now: datetime,
    meant_for: User | None = None,
) -> Examination:
    """Have somebody else look at it. What opens it puts a copy into the ordinary queue, soon."""
    row = Examination(
        original=original,
        purpose=purpose,
        excluded=sorted(set(excluded)),
        meant_for=meant_for,
        ordered_at=now,
    )
    insert_at_end([row])
    return row


def copied(original: Proposal, *, now: datetime, agent_version_id: int | None = None) -> Proposal:
    """The stored copy of a proposal, pending, with the same content, evidence, alternatives and assessment.

    It looks as if it had just come in: its evidence is as old as it was then, it comes from the version of the agent
    that works now where `agent_version_id` says which, and its external id is one the agent might have given.
    """
    copy = Proposal(id=uuid7())
    for field in Proposal._meta.concrete_fields:
        if not field.primary_key:
            setattr(copy, field.attname, getattr(original, field.attname))
    copy.external_id = disguised(original.external_id, copy.id)
    copy.agent_version_id = agent_version_id or original.agent_version_id
    copy.is_copy, copy.supersedes_id = True, None
    copy.stage, copy.route, copy.basis = Stage.ASSISTED, Route.REVIEW, Basis.FULL
    copy.coin = copy.audit_rate = copy.veto_until = copy.expires_at = copy.ended_at = copy.due_at = None
    copy.status, copy.substatus, copy.version = Status.PENDING, Substatus.QUEUED, 1
    copy.created_at = now
    insert([copy])
    evidence = [
        _for_copy(row, copy) for row in Evidence.objects.filter(proposal=original).order_by("position")
    ]
    for row in evidence:
        if row.retrieved_at is not None:
            row.retrieved_at += now - original.created_at
    insert(evidence)
    insert([_for_copy(row, copy) for row in Alternative.objects.filter(proposal=original).order_by("pk")])
    insert([_for_copy(row, copy) for row in Assessment.objects.filter(proposal=original)])
    return copy


def disguised(external_id: str, key: UUID) -> str:
    """An id of the same form with another end: letters, digits and hex digits stay what they are. Pure."""
    digest = hashlib.sha256(key.bytes).digest()
    tail = external_id[-_TAIL:]
    changed = [_like(letter, digest[place]) for place, letter in enumerate(tail)]
    return external_id[: len(external_id) - len(tail)] + "".join(changed)


def _like(letter: str, number: int) -> str:
    kind = next((kind for kind in _KINDS if letter in kind), letter)
    return kind[number % len(kind)]


def newest_version_of(original: Proposal) -> int:
    """The id of the agent version that last worked in its slice. One query."""
    own = Proposal.objects.filter(slice_id=original.slice_id, is_copy=False).order_by("-id")
    return own.values_list("agent_version_id", flat=True)[0]


def pending_reviews(slice_id: int, agent_version_id: int, newest: UUID) -> list[float]:
    """Stated confidences of fully reviewed proposals older than `newest` that nobody has decided."""
    waiting = Proposal.objects.filter(
        slice_id=slice_id,
        agent_version_id=agent_version_id,
        status=Status.PENDING,
        basis=Basis.FULL,
        is_copy=False,
        pk__lt=newest,
    )
    return list(waiting.values_list("confidence", flat=True))


def pending_looks(slice_id: int, agent_version_id: int, newest: UUID) -> list[float]:
    """The same of overrides of them that somebody else is to look at again, whenever they were proposed."""
    waiting = open_looks(slice_id).filter(
        original__agent_version_id=agent_version_id, original__basis=Basis.FULL
    )
    return list(waiting.values_list("original__confidence", flat=True))


def open_looks(slice_id: int) -> QuerySet[Examination]:
    """Second and third looks at overrides in this slice that nobody has concluded."""
    return Examination.objects.filter(
        original__slice_id=slice_id, purpose=Purpose.SECOND_LOOK, concluded_at__isnull=True
    )


def relatives(proposal: Proposal) -> set[UUID]:
    """Ids of the original of a copy and of every other copy of it: what must not be told beside it."""
    if not proposal.is_copy:
        return set()
    examination = Examination.objects.get(copy=proposal)
    others = Examination.objects.filter(original_id=examination.original_id, copy__isnull=False)
    return {examination.original_id, *others.values_list("copy_id", flat=True)}


def _for_copy(row: Row, copy: Proposal) -> Row:
    made = type(row)()
    for field in row._meta.concrete_fields:
        if not field.primary_key:
            setattr(made, field.attname, getattr(row, field.attname))
    made.proposal = copy
    return made
