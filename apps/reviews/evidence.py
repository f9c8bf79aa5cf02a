"""Writes a person's decision into the ledger of its slice, with all that says whether it counts."""

from datetime import datetime

from apps.proposals import examining
from apps.proposals.actions import diverged
from apps.proposals.models import Proposal
from apps.proposals.states import Purpose
from apps.registry.models import ReasonCode
from apps.reviews.models import Decision
from apps.reviews.states import PickKind
from apps.routing.states import Route, Verb
from apps.trust import actions as trust
from apps.trust.divergence import Diverged
from apps.trust.states import Basis, Divergence, NotEvidence, Source


def record_evidence(
    proposal: Proposal,
    vote: Decision,
    because: NotEvidence | None,
    now: datetime,
    *,
    is_last: bool = False,
    is_confirmed: bool = False,
    wrong: bool | None = None,
) -> None:
    """Write one decision about `proposal`: counted, or `because` why not.

    An override of what runs is looked at by somebody else before it counts: that look is ordered here. `is_last`: it
    has been; `wrong` is its verdict then. `is_confirmed`: another person chose otherwise too, blind.
    Whoever went over to the agent's side once they saw it did not agree with it blind: what they picked counts.
    """
    verdict = is_against(vote) if wrong is None else wrong
    entry = trust.record(
        slice_id=proposal.slice_id,
        agent_version_id=proposal.agent_version_id,
        proposal_id=proposal.pk,
        source=(Source.DECISION, vote.pk),
        # One taken back has no verdict: the next person may be the blind second, who must not read it here.
        wrong=None if because is NotEvidence.UNDONE else verdict,
        confidence=proposal.confidence,
        content_sha256=proposal.content_sha256,
        decided_by=vote.by.name,
        not_counted_because=because,
        basis=_basis(proposal),
        rate=proposal.chance_of_review,
        subject=f"{proposal.subject_kind}:{proposal.subject_id}" if proposal.subject_id else "",
        look=trust.Look(
            person_id=vote.by_id,
            took=vote.decided_at - vote.claimed_at,
            is_owner=proposal.agent.owner_id == vote.by_id,
            is_last=is_last,
            is_confirmed=is_confirmed,
        ),
        diverged=None if because is NotEvidence.UNDONE else _diverged(proposal, vote),
        now=now,
    )
    if entry is not None and entry.not_counted_because == NotEvidence.SECOND_LOOK:
        examining.order(original=proposal, purpose=Purpose.SECOND_LOOK, excluded=[vote.by_id], now=now)


def is_against(vote: Decision) -> bool:
    """Whether the person did not take the agent's action, or would not have before they knew it to be the agent's."""
    return vote.is_override or vote.came_round


def _diverged(proposal: Proposal, vote: Decision) -> Diverged:
    pick = vote.pick
    if pick is None or not vote.came_round:
        return diverged(proposal, vote.action_name, vote.args)
    if pick.kind == PickKind.ELSE:
        return Diverged(Divergence.OTHER_ACTION)
    return diverged(proposal, pick.action_name, pick.args)


def why_not_fault(workflow_id: int, settling: Decision) -> NotEvidence | None:
    """A rejection counts only when its reason is the agent's fault."""
    if settling.verb != Verb.REJECT:
        return None
    fault = ReasonCode.objects.filter(
        workflow_id=workflow_id, code=settling.reason_code, is_agents_fault=True
    )
    return None if fault.exists() else NotEvidence.NOT_AGENTS_FAULT


def _basis(proposal: Proposal) -> Basis:
    """What was about to act and came before a person after all did so because its slice had been paused meanwhile."""
    if proposal.route == Route.ACT and proposal.basis == Basis.FULL:
        return Basis.PAUSED
    return Basis(proposal.basis)
