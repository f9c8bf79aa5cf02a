"""What do people know of a proposed action: was it right, was it wrong?

Known cases come first, then a later outcome nobody corrected, then the last look of somebody who did not know the
first answer, then the answer itself. A person's own decision is needed for "right": what a policy or the fallback let
through, and a good outcome, prove nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef

from apps.proposals.models import Examination, Outcome
from apps.proposals.states import DecidedBy, Purpose, Verdict
from apps.registry.models import ReasonCode
from apps.reviews.models import Decision, GoldCase
from apps.routing.states import Verb
from apps.rulebook.states import Known

_LOOKS = (Purpose.AUDIT, Purpose.BLIND, Purpose.SECOND_LOOK)


@dataclass(frozen=True, slots=True)
class Settled:
    """The one answer to a proposal, if it got one: who gave it, and which action it took. `proposed` is the digest of
    the action that was proposed.
    """

    workflow_id: int
    proposed: str
    by: str | None = None
    verb: str | None = None
    args_sha256: str | None = None
    reason_code: str | None = None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known of some proposals beside their answers."""

    gold: dict[UUID, Known]
    went_wrong: frozenset[UUID]
    looked: dict[UUID, Known]
    faults: frozenset[tuple[int, str]]

    def of(self, proposal_id: UUID, said: Settled) -> Known:
        """What is known of one of them."""
        if proposal_id in self.gold:
            return self.gold[proposal_id]
        # Where another action was taken, it is that one which went wrong.
        if proposal_id in self.went_wrong and said.args_sha256 == said.proposed:
            return Known.WRONG
        if proposal_id in self.looked:
            return self.looked[proposal_id]
        return _from_answer(said, self.faults)


def faults_of(workflow_ids: Collection[int]) -> frozenset[tuple[int, str]]:
    """(workflow id, code) of the reasons that are the agent's fault. One query."""
    codes = ReasonCode.objects.filter(workflow__in=workflow_ids, is_agents_fault=True)
    return frozenset(codes.values_list("workflow_id", "code"))


def knowledge_of(ids: Collection[UUID], faults: frozenset[tuple[int, str]]) -> Knowledge:
    """Three queries, for a thousand as for one."""
    gold = GoldCase.objects.filter(proposal__in=ids, retired_at__isnull=True)
    wrong = Outcome.objects.filter(proposal__in=ids, verdict=Verdict.WRONG, corrected_by__isnull=True)
    return Knowledge(
        gold={
            proposal_id: Known.WRONG if is_mistake else Known.RIGHT
            for proposal_id, is_mistake in gold.values_list("proposal_id", "is_mistake")
        },
        went_wrong=frozenset(wrong.values_list("proposal_id", flat=True)),
        looked=_looked(ids),
        faults=faults,
    )


def _looked(ids: Collection[UUID]) -> dict[UUID, Known]:
    """By the last look of each. One that is against it for no fault of the agent, or against another person's, says
    nothing.
    """
    approval = Decision.objects.filter(
        task__proposal=OuterRef("copy"), verb=Verb.APPROVE, undone_at__isnull=True
    )
    looks = Examination.objects.filter(
        original__in=ids, purpose__in=_LOOKS, concluded_at__isnull=False, verdict__isnull=False
    )
    rows = looks.annotate(approves=Exists(approval)).order_by("concluded_at", "pk")
    return {
        original: _from_look(purpose, is_wrong=verdict, approves=approves)
        for original, purpose, verdict, approves in rows.values_list(
            "original_id", "purpose", "verdict", "approves"
        )
    }


def _from_look(purpose: str, *, is_wrong: bool | None, approves: bool) -> Known:
    if is_wrong:
        return Known.WRONG
    return Known.RIGHT if approves and purpose != Purpose.SECOND_LOOK else Known.UNKNOWN


def _from_answer(said: Settled, faults: frozenset[tuple[int, str]]) -> Known:
    if said.by != DecidedBy.HUMAN:
        return Known.UNKNOWN
    if said.verb == Verb.REJECT:
        is_fault = (said.workflow_id, said.reason_code or "") in faults
        return Known.WRONG if is_fault else Known.UNKNOWN
    return Known.RIGHT if said.args_sha256 == said.proposed else Known.WRONG
