"""What people did about shadow proposals, beside what was proposed: how each comparison stands now.

The ledger of trust has compared each already (`trust.divergence`); here is added from where it is known, which way an
amount went, and what later truth says, corrections included. One comparison a proposal counts: what a blind reviewer
chose, and where none looks, what was reported from the process. Everything is looked up anew for the proposals asked
for, in as many queries for a thousand as for one, so that telling twice changes nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q

from apps.evaluation.kinds import kind_of
from apps.evaluation.models import ShadowCase
from apps.evaluation.states import Later, Source
from apps.proposals.models import Examination, HumanAction, Outcome, Proposal
from apps.proposals.states import Purpose, Verdict
from apps.registry.states import Stage
from apps.reviews.models import Decision
from apps.trust.judging import is_verdict
from apps.trust.models import LedgerEntry
from apps.trust.states import Divergence
from apps.trust.states import Source as Evidence


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody did about a proposal, and the row that keeps it."""

    id: UUID
    proposal_id: UUID
    source: Source
    args: dict[str, Any] | None


@dataclass(slots=True)
class _Looks:
    """The copies of shadow proposals that were put before blind reviewers: {copy: original}, and who is looked at."""

    originals: dict[UUID, UUID] = field(default_factory=dict)
    looked_at: set[UUID] = field(default_factory=set)


def compared(ids: Collection[UUID]) -> list[ShadowCase]:
    """Unsaved, of those that are shadow proposals. Seven queries at most."""
    shadows = Proposal.objects.filter(pk__in=ids, stage=Stage.SHADOW, is_copy=False)
    proposals = {row.pk: row for row in shadows.select_related("action_type")}
    if not proposals:
        return []
    chosen = {row.id: row for row in _chosen(proposals.keys())}
    entries = LedgerEntry.objects.filter(
        Q(source_kind=Evidence.HUMAN) | Q(source_kind=Evidence.DECISION), source_id__in=list(chosen)
    ).exclude(divergence="")
    later = later_truth(proposals)
    kinds = _kinds_known(row.pk for row in proposals.values() if row.erased_at is not None)
    return [
        _case(proposals[chosen[entry.source_id].proposal_id], chosen[entry.source_id], entry, later, kinds)
        for entry in entries.order_by("pk")
        if _says_something(chosen[entry.source_id].source, entry)
    ]


def later_truth(ids: Iterable[UUID]) -> dict[UUID, Later]:
    """Of those about which something was reported that nobody has corrected: wrong where anything says so."""
    found: dict[UUID, Later] = {}
    standing = Outcome.objects.filter(proposal__in=list(ids), corrected_by__isnull=True)
    for proposal_id, verdict in standing.values_list("proposal_id", "verdict"):
        if found.get(proposal_id) is not Later.WRONG:
            found[proposal_id] = Later.WRONG if verdict == Verdict.WRONG else Later.CORRECT
    return found


def _chosen(ids: Collection[UUID]) -> Iterable[Chosen]:
    looks = _looks(ids)
    for row in HumanAction.objects.filter(proposal__in=ids):
        if row.by_id is not None:
            source = Source.OPINION
        else:
            source = Source.BESIDE if row.proposal_id in looks.looked_at else Source.REPORTED
        yield Chosen(row.pk, row.proposal_id, source, row.args)
    decisions = Decision.objects.filter(task__proposal__in=looks.originals, undone_at__isnull=True)
    for vote in decisions.select_related("task"):
        yield Chosen(vote.pk, looks.originals[vote.task.proposal_id], Source.BLIND, vote.args)


def _looks(ids: Collection[UUID]) -> _Looks:
    found = _Looks()
    rows = Examination.objects.filter(original__in=ids, purpose=Purpose.BLIND)
    for original, copy, concluded_at in rows.values_list("original_id", "copy_id", "concluded_at"):
        found.looked_at.add(original)
        if concluded_at is not None:
            found.originals[copy] = original
    return found


def _says_something(source: Source, entry: LedgerEntry) -> bool:
    """A blind look that was too fast, in bulk or about something else says nothing of the agent."""
    return source is not Source.BLIND or is_verdict(
        source=entry.source_kind, wrong=entry.wrong, because=entry.not_counted_because
    )


def _kinds_known(erased: Iterable[UUID]) -> dict[UUID, str]:
    """{id of the comparison: its kind} of proposals whose contents are gone: it stays as it was found."""
    ids = list(erased)
    return dict(ShadowCase.objects.filter(proposal__in=ids).values_list("pk", "kind")) if ids else {}


def _case(
    proposal: Proposal,
    did: Chosen,
    entry: LedgerEntry,
    later: dict[UUID, Later],
    kinds: dict[UUID, str],
) -> ShadowCase:
    schema = proposal.action_type.args_schema
    found = kind_of(Divergence(entry.divergence), schema, proposal.args, did.args)
    return ShadowCase(
        id=did.id,
        proposal_id=proposal.pk,
        slice_id=proposal.slice_id,
        agent_version_id=proposal.agent_version_id,
        source=did.source,
        kind=kinds.get(did.id, found),
        later=later.get(proposal.pk, Later.UNKNOWN),
        differing=entry.differing,
    )
