"""What did people answer about a proposal, as far as it says something of the agent's action?

By a decision of their own; about a shadow proposal by what they did (`comparing`); about what ran by itself by an
audit. Answers of policies and fallbacks are nobody's.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from apps.evaluation.comparing import compared
from apps.evaluation.scales import Answer
from apps.evaluation.states import COUNTED, Kind, Source
from apps.proposals.models import Examination, HumanAction, Proposal, Resolution
from apps.proposals.states import DecidedBy, Purpose
from apps.registry.models import ReasonCode
from apps.reviews.agreeing import pick_of
from apps.reviews.models import Decision
from apps.reviews.states import Pick
from apps.routing.states import Verb

_LOOKS = (Purpose.AUDIT, Purpose.BLIND)


def has_answer(proposal: Proposal) -> bool:
    """Whether people have answered already, so that whoever speaks now may know. One query."""
    mine = OuterRef("pk")
    answered = (
        Q(Exists(Resolution.objects.filter(proposal=mine, decided_by_type=DecidedBy.HUMAN)))
        | Q(Exists(HumanAction.objects.filter(proposal=mine)))
        | Q(Exists(Examination.objects.filter(original=mine, purpose__in=_LOOKS, concluded_at__isnull=False)))
    )
    return Proposal.objects.filter(answered, pk=proposal.pk).exists()


def answers_of(ids: Collection[UUID]) -> dict[UUID, Answer]:
    """Of those about which people said something. As many queries for a thousand as for one."""
    faults = _Faults(ids)
    return _from_shadow(ids) | _from_audits(ids, faults) | _from_decisions(ids, faults)


class _Faults:
    """Which reasons of the workflows at hand are not the agent's fault."""

    def __init__(self, ids: Collection[UUID]) -> None:
        codes = ReasonCode.objects.filter(
            workflow__in=Proposal.objects.filter(pk__in=ids).values("workflow_id"), is_agents_fault=True
        )
        self._known = set(codes.values_list("workflow_id", "code"))

    def is_fault(self, workflow_id: int, verb: str, code: str) -> bool:
        """A rejection counts only when its reason is the agent's fault."""
        return verb != Verb.REJECT or (workflow_id, code) in self._known


def _from_decisions(ids: Collection[UUID], faults: _Faults) -> dict[UUID, Answer]:
    rows = Resolution.objects.filter(proposal__in=ids, decided_by_type=DecidedBy.HUMAN)
    return {
        row.proposal_id: Answer(
            pick_of(row.args_sha256, row.proposal.args_sha256),
            row.reason_code,
            faults.is_fault(row.proposal.workflow_id, row.verb, row.reason_code),
        )
        for row in rows.select_related("proposal")
    }


def _from_audits(ids: Collection[UUID], faults: _Faults) -> dict[UUID, Answer]:
    looks = Examination.objects.filter(
        original__in=ids, purpose=Purpose.AUDIT, concluded_at__isnull=False, verdict__isnull=False
    )
    originals = {look.copy_id: look.original for look in looks.select_related("original")}
    if not originals:
        return {}
    found = {}
    votes = Decision.objects.filter(task__proposal__in=originals, undone_at__isnull=True)
    for vote in votes.select_related("task").order_by("pk"):
        original = originals[vote.task.proposal_id]
        is_fault = faults.is_fault(original.workflow_id, vote.verb, vote.reason_code)
        pick = pick_of(vote.args_sha256, original.args_sha256)
        found[original.pk] = Answer(pick, vote.reason_code, is_fault)
    return found


def _from_shadow(ids: Collection[UUID]) -> dict[UUID, Answer]:
    picks = {Kind.SAME: Pick.AS_PROPOSED, Kind.NOTHING: Pick.NOTHING}
    return {
        case.proposal_id: Answer(picks.get(Kind(case.kind), Pick.OTHERWISE))
        for case in compared(ids)
        if Source(case.source) in COUNTED
    }
