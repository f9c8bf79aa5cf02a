"""Orders another, blind look at a proposal, makes the copy that is looked at, and says what looks are still open."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db.models import Model, Q, QuerySet

from apps.accounts.models import User
from apps.audit.ids import uuid7
from apps.audit.insertion import insert, insert_at_end
from apps.proposals.changes import check_has_contents
from apps.proposals.disguising import Disguise
from apps.proposals.models import Alternative, Assessment, Evidence, Examination, Proposal
from apps.proposals.states import Purpose, Status, Substatus
from apps.registry.states import Stage
from apps.routing.states import Route
from apps.trust.pending import Place
from apps.trust.states import Basis

Row = TypeVar("Row", Evidence, Alternative, Assessment)
# What an agent writes in words, where it may name ids.
_WORDS: dict[type[Model], tuple[str, ...]] = {
    Proposal: ("summary", "rationale", "hidden", "state"),
    Evidence: ("key", "claim", "title", "source", "uri", "content", "digest"),
    Alternative: ("summary", "risks"),
}


def order(
    *,
    original: Proposal,
    purpose: Purpose,
    excluded: Iterable[int],
    now: datetime,
    meant_for: User | None = None,
) -> Examination:
    """Have somebody else look at it. What opens it puts a copy into the ordinary queue, soon. Raises WrongStatus for
    what was erased.
    """
    check_has_contents(original)
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
    that works now where `agent_version_id` says which, and its ids and those of its run are ones the agent might have
    given.
    """
    copy = Proposal(id=uuid7())
    for field in Proposal._meta.concrete_fields:
        if not field.primary_key:
            setattr(copy, field.attname, getattr(original, field.attname))
    disguise = _disguise(original, copy)
    copy.external_id, copy.run = disguise.id(original.external_id), disguise.run(original.run)
    _reword(copy, disguise)
    copy.agent_version_id = agent_version_id or original.agent_version_id
    copy.is_copy, copy.supersedes_id = True, None
    copy.stage, copy.route, copy.basis = Stage.ASSISTED, Route.REVIEW, Basis.FULL
    copy.coin = copy.audit_rate = copy.veto_until = copy.expires_at = copy.ended_at = copy.due_at = None
    copy.status, copy.substatus, copy.version = Status.PENDING, Substatus.QUEUED, 1
    copy.created_at = now
    insert([copy])
    evidence = [
        _for_copy(row, copy, disguise)
        for row in Evidence.objects.filter(proposal=original).order_by("position")
    ]
    for row in evidence:
        if row.retrieved_at is not None:
            row.retrieved_at += now - original.created_at
    insert(evidence)
    insert(
        [
            _for_copy(row, copy, disguise)
            for row in Alternative.objects.filter(proposal=original).order_by("pk")
        ]
    )
    insert([_for_copy(row, copy, disguise) for row in Assessment.objects.filter(proposal=original)])
    return copy


def _disguise(original: Proposal, copy: Proposal) -> Disguise:
    """By all its ids: its own, the agent's, those of its run, and those of what it took the place of."""
    earlier = original.supersedes
    ids = [
        str(original.pk),
        original.external_id,
        original.run.get("id", ""),
        original.run.get("trace_id", ""),
    ]
    ids += [str(earlier.pk), earlier.external_id] if earlier is not None else []
    about = [original.args, original.subject_id, original.hidden.get("subject_id", "")]
    return Disguise(copy.pk, ids, about, secret=settings.SECRET_KEY.encode())


def _reword(row: Model, disguise: Disguise) -> None:
    for field in _WORDS.get(type(row), ()):
        setattr(row, field, disguise.value(getattr(row, field)))


def newest_version_of(original: Proposal) -> int:
    """The id of the agent version that last worked in its slice. One query."""
    own = Proposal.objects.filter(slice_id=original.slice_id, is_copy=False).order_by("-id")
    return own.values_list("agent_version_id", flat=True)[0]


def pending_reviews(newest: Mapping[Place, UUID]) -> Iterable[tuple[int, int, float]]:
    """(slice, agent version, stated confidence) of fully reviewed proposals older than the `newest` of their place that
    nobody has decided.
    """
    places = Q()
    for (slice_id, agent_version_id), proposal_id in newest.items():
        places |= Q(slice_id=slice_id, agent_version_id=agent_version_id, pk__lt=proposal_id)
    waiting = Proposal.objects.filter(places, status=Status.PENDING, basis=Basis.FULL, is_copy=False)
    return waiting.values_list("slice_id", "agent_version_id", "confidence")


def pending_looks(newest: Mapping[Place, UUID]) -> Iterable[tuple[int, int, float]]:
    """The same of overrides of them that somebody else is to look at again, whenever they were proposed."""
    places = Q()
    for slice_id, agent_version_id in newest:
        places |= Q(original__slice_id=slice_id, original__agent_version_id=agent_version_id)
    waiting = open_looks({slice_id for slice_id, _version in newest}).filter(
        places, original__basis=Basis.FULL
    )
    return waiting.values_list("original__slice_id", "original__agent_version_id", "original__confidence")


def open_looks(slice_ids: Collection[int]) -> QuerySet[Examination]:
    """Second and third looks at overrides in these slices that nobody has concluded."""
    return Examination.objects.filter(
        original__slice_id__in=slice_ids, purpose=Purpose.SECOND_LOOK, concluded_at__isnull=True
    )


def relatives(proposal: Proposal) -> set[UUID]:
    """Ids of the original of a copy and of every other copy of it: what must not be told beside it."""
    if not proposal.is_copy:
        return set()
    examination = Examination.objects.get(copy=proposal)
    others = Examination.objects.filter(original_id=examination.original_id, copy__isnull=False)
    return {examination.original_id, *others.values_list("copy_id", flat=True)}


def _for_copy(row: Row, copy: Proposal, disguise: Disguise) -> Row:
    made = type(row)()
    for field in row._meta.concrete_fields:
        if not field.primary_key:
            setattr(made, field.attname, getattr(row, field.attname))
    made.proposal = copy
    _reword(made, disguise)
    return made
