"""The verbs that change a proposal after intake: settle, close without an answer, and what agents report."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.actors import Acting
from apps.proposals import changes, grants
from apps.proposals.changes import WrongStatus
from apps.proposals.differences import differences
from apps.proposals.digests import action_sha256
from apps.proposals.models import Grant, HumanAction, Outcome, Proposal, Resolution, Result
from apps.proposals.states import DecidedBy, Disposition, Retry, Status, Verdict
from apps.registry.models import Agent
from apps.routing.queries import policy_for
from apps.routing.states import Verb
from apps.sla import actions as sla
from apps.trust import actions as trust
from apps.trust.states import NotEvidence, Source


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided: the verb, and (unless rejected) the exact action that may be carried out."""

    verb: Verb
    decided_by_type: DecidedBy
    decided_by: str
    decided_at: datetime
    action_name: str = ""
    args: dict[str, Any] | None = None
    args_sha256: str = ""
    alternative_rank: int | None = None
    reason_code: str = ""
    message: str = ""
    retry: Retry = Retry.NEVER


def settle(*, proposal_id: UUID, answer: Answer, by: Acting | None, now: datetime) -> Resolution:
    """Give a pending proposal its one answer, with the grant if it is approved. Raises WrongStatus."""
    with transaction.atomic(savepoint=False):
        proposal = changes.locked(proposal_id)
        rejected = answer.verb is Verb.REJECT
        resolution = Resolution(
            proposal=proposal,
            verb=answer.verb,
            action_name=answer.action_name,
            args=answer.args,
            args_sha256=answer.args_sha256,
            diff=[] if answer.args is None else _diff(proposal, answer),
            alternative_rank=answer.alternative_rank,
            reason_code=answer.reason_code,
            message=answer.message,
            retry=answer.retry if rejected else "",
            decided_by_type=answer.decided_by_type,
            decided_by=answer.decided_by,
            decided_at=answer.decided_at,
            settled_at=now,
        )
        changes.move(
            proposal,
            verb="deny" if rejected else "approve",
            audit_verb="proposal.denied" if rejected else "proposal.approved",
            event="reviewhub.proposal.decided.v1",
            now=now,
            by=by,
            data={"verb": answer.verb.value, "args_sha256": answer.args_sha256},
        )
        resolution.save(force_insert=True)
        if not rejected and grants.issue(proposal=proposal, resolution=resolution, now=now):
            _expect_result(proposal, now)
        return resolution


def close_unanswered(*, proposal_id: UUID, to: Status, by: Acting | None, now: datetime, reason: str) -> None:
    """End a pending proposal as expired or cancelled. Not trust evidence, and the ledger says so."""
    verb, event, not_evidence = {
        Status.EXPIRED: ("expire", "expired", NotEvidence.EXPIRED),
        Status.CANCELLED: ("withdraw", "withdrawn", NotEvidence.WITHDRAWN),
    }[to]
    with transaction.atomic(savepoint=False):
        proposal = changes.locked(proposal_id)
        changes.move(
            proposal,
            verb=verb,
            audit_verb=f"proposal.{event}",
            event=f"reviewhub.proposal.{event}.v1",
            now=now,
            by=by,
            data={"reason": reason},
        )
        trust.record(
            slice_id=proposal.slice_id,
            agent_version_id=proposal.agent_version_id,
            proposal_id=proposal.pk,
            source=(Source.ENDING, proposal.pk),
            wrong=None,
            confidence=proposal.confidence,
            content_sha256=proposal.content_sha256,
            not_counted_because=not_evidence,
            now=now,
        )


def report_result(
    *,
    proposal_id: UUID,
    disposition: Disposition,
    occurred_at: datetime,
    by: Agent,
    now: datetime,
    detail: str = "",
    cost: Decimal | None = None,
    duration_ms: int | None = None,
) -> Result:
    """Keep what became of an approved action; once. Raises WrongStatus when nothing was approved or it is known.

    `executed` needs a redeemed grant; an execution error ends the proposal as failed; anything but `executed` takes
    an unused grant back.
    """
    with transaction.atomic():
        proposal = changes.locked(proposal_id)
        if Result.objects.filter(proposal=proposal).exists():
            raise WrongStatus(_("The result of this proposal was reported before; it is kept once."))
        if proposal.status != Status.APPROVED:
            raise WrongStatus(_("Only an approved proposal has a result."))
        redeemed = Grant.objects.filter(proposal=proposal, redeemed_at__isnull=False).exists()
        if disposition is Disposition.EXECUTED and not redeemed:
            raise WrongStatus(_("Redeem the grant before carrying the action out: it has not been redeemed."))
        result = Result.objects.create(
            proposal=proposal,
            disposition=disposition,
            detail=detail,
            cost=cost,
            duration_ms=duration_ms,
            occurred_at=occurred_at,
            received_at=now,
        )
        if disposition is not Disposition.EXECUTED:
            grants.revoke(proposal=proposal, because=_("The agent reported a result."), now=now, by=by)
        sla.meet(subject_id=proposal.pk, target="result", now=now)
        data = {"disposition": disposition.value}
        if disposition is Disposition.EXECUTION_ERROR:
            changes.move(
                proposal, verb="fail", audit_verb="proposal.failed", event="", now=now, by=by, data=data
            )
        else:
            changes.tell(proposal, audit_verb="proposal.result_reported", event="", now=now, by=by, data=data)
        return result


def report_outcome(
    *,
    proposal_id: UUID,
    verdict: Verdict,
    severity: str,
    source: str,
    occurred_at: datetime,
    by: Agent,
    now: datetime,
    detail: str = "",
) -> Outcome:
    """Keep later truth about a proposal. It is written to the ledger, and never counts as proof."""
    with transaction.atomic():
        proposal = changes.locked(proposal_id)
        outcome = Outcome.objects.create(
            proposal=proposal,
            verdict=verdict,
            severity=severity,
            source=source,
            detail=detail,
            occurred_at=occurred_at,
            received_at=now,
        )
        changes.tell(
            proposal,
            audit_verb="proposal.outcome_reported",
            event="",
            now=now,
            by=by,
            data={"verdict": verdict.value, "severity": severity, "source": source},
        )
        trust.record(
            slice_id=proposal.slice_id,
            agent_version_id=proposal.agent_version_id,
            proposal_id=proposal.pk,
            source=(Source.OUTCOME, outcome.pk),
            wrong=verdict is Verdict.WRONG,
            confidence=proposal.confidence,
            content_sha256=proposal.content_sha256,
            not_counted_because=NotEvidence.OUTCOME_ONLY,
            now=now,
        )
        return outcome


def report_human_action(
    *,
    proposal_id: UUID,
    action_name: str,
    args: dict[str, Any] | None,
    actor: str,
    occurred_at: datetime,
    by: Agent,
    now: datetime,
) -> HumanAction:
    """Keep what people really did in the process, to compare a proposal with. Empty name: they did nothing."""
    with transaction.atomic():
        proposal = changes.locked(proposal_id)
        row = HumanAction.objects.create(
            proposal=proposal,
            action_name=action_name,
            args=args,
            args_sha256=action_sha256(action_name, args) if action_name else "",
            actor=actor,
            occurred_at=occurred_at,
            received_at=now,
        )
        data = {"action": action_name, "same": row.args_sha256 == proposal.args_sha256}
        changes.tell(
            proposal, audit_verb="proposal.human_action_reported", event="", now=now, by=by, data=data
        )
        return row


def _diff(proposal: Proposal, answer: Answer) -> list[dict[str, Any]]:
    before = {"name": proposal.action_type.name, "args": proposal.args}
    return differences(before, {"name": answer.action_name, "args": answer.args})


def _expect_result(proposal: Proposal, now: datetime) -> None:
    """Start the clock of the result target: an approved action nobody hears of again must not stay unnoticed."""
    cell = policy_for(proposal.workflow_id).matrix[proposal.cell_address]
    spec = sla.CycleSpec(
        subject_id=proposal.pk,
        workflow_id=proposal.workflow_id,
        target="result",
        duration=cell.result_within,
        calendar_version=sla.round_the_clock(now=now),
    )
    sla.start_cycles(specs=[spec], now=now)
