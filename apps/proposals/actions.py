"""The verbs that change a proposal after intake: settle, close without an answer, and what agents report."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.actors import Acting
from apps.audit.insertion import insert_at_end
from apps.proposals import changes, grants
from apps.proposals.changes import WrongStatus
from apps.proposals.differences import differences
from apps.proposals.digests import action_sha256
from apps.proposals.grave import GRAVE, tell_grave
from apps.proposals.models import Examination, Grant, HumanAction, Outcome, Proposal, Resolution, Result
from apps.proposals.policies import check_report_outcome
from apps.proposals.questions import masked
from apps.proposals.states import (
    ERASED,
    DecidedBy,
    Disposition,
    Purpose,
    Retry,
    Status,
    Substatus,
    Verdict,
)
from apps.proposals.tripping import note_failure
from apps.registry.models import Agent
from apps.registry.states import Stage
from apps.routing.states import Verb
from apps.sla import actions as sla
from apps.trust import actions as trust
from apps.trust.divergence import Diverged, divergence
from apps.trust.models import Slice
from apps.trust.states import Basis, NotEvidence, Source


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided: the verb, and (unless rejected) the exact action that may be carried out. `chosen_slice`: where
    it belongs; None: in the proposal's own.
    """

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
    chosen_slice: Slice | None = None


class _Ending(NamedTuple):
    """How a proposal ends without an answer: the move of its status, what the agent is told, what is left to say."""

    verb: str
    event: str
    substatus: Substatus = Substatus.NONE


_ENDINGS = {
    NotEvidence.EXPIRED: _Ending("expire", "expired"),
    NotEvidence.WITHDRAWN: _Ending("withdraw", "withdrawn"),
    # For the agent it is a withdrawal of its own; its resource says of which kind.
    NotEvidence.SUPERSEDED: _Ending("withdraw", "withdrawn", Substatus.SUPERSEDED),
}


def settle(*, proposal: Proposal, answer: Answer, by: Acting | None, now: datetime) -> Grant | None:
    """Give a pending, locked proposal its one answer, with the grant if it is approved. Raises WrongStatus.

    Whoever gets a grant back starts the clock of its result (`reviews.expecting`).
    """
    with transaction.atomic(savepoint=False):
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
        insert_at_end([resolution])
        if rejected:
            return None
        return grants.issue(
            proposal=proposal, resolution=resolution, chosen_slice=answer.chosen_slice, now=now
        )


def close_unanswered(
    *, proposal_id: UUID, because: NotEvidence, by: Acting | None, now: datetime, reason: str
) -> None:
    """End a pending proposal that expired, was withdrawn or superseded. Not trust evidence: the ledger says why."""
    ending = _ENDINGS[because]
    with transaction.atomic(savepoint=False):
        proposal = changes.locked(proposal_id)
        changes.move(
            proposal,
            verb=ending.verb,
            audit_verb=f"proposal.{because.value}",
            event=f"reviewhub.proposal.{ending.event}.v1",
            now=now,
            by=by,
            substatus=ending.substatus,
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
            not_counted_because=because,
            basis=Basis(proposal.basis),
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
    """Keep what became of an approved action; once, and the same again has the effect of one. Raises WrongStatus when
    nothing was approved or something else was reported before.

    `executed` needs a redeemed grant; an execution error ends the proposal as failed, and too many of them halt its
    slice (`tripping`); anything but `executed` takes an unused grant back. Of an erased proposal no words are kept.
    """
    with transaction.atomic():
        proposal = changes.locked(proposal_id)
        result = Result(
            proposal=proposal,
            disposition=disposition,
            detail="" if proposal.erased_at else detail,
            cost=cost,
            duration_ms=duration_ms,
            occurred_at=occurred_at,
            received_at=now,
        )
        known = Result.objects.filter(proposal=proposal).first()
        if known is not None:
            if known.is_same(result):
                return known
            raise WrongStatus(_("Another result of this proposal was reported before; it is kept once."))
        if proposal.status != Status.APPROVED:
            raise WrongStatus(_("Only an approved proposal has a result."))
        redeemed = Grant.objects.filter(proposal=proposal, redeemed_at__isnull=False).exists()
        if disposition is Disposition.EXECUTED and not redeemed:
            raise WrongStatus(_("Redeem the grant before carrying the action out: it has not been redeemed."))
        result.save(force_insert=True)
        if disposition is not Disposition.EXECUTED:
            grants.revoke(proposal=proposal, because=_("The agent reported a result."), now=now, by=by)
        sla.meet(subject_id=proposal.pk, target="result", now=now)
        data = {"disposition": disposition.value}
        if disposition is Disposition.EXECUTION_ERROR:
            changes.move(
                proposal, verb="fail", audit_verb="proposal.failed", event="", now=now, by=by, data=data
            )
            note_failure(proposal, now=now)
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
    by: Agent | User,
    now: datetime,
    detail: str = "",
    corrects: UUID | None = None,
    key: UUID | None = None,
) -> Outcome:
    """Keep later truth about a proposal. It is written to the ledger, and never counts as proof.

    `corrects` is an earlier outcome that turned out not to be so; nothing of it changes. The same `key` again has the
    effect of one, and so has the same told again by an agent. Of an erased proposal no words are kept. Raises
    NotAllowed for a person, WrongStatus for a correction of nothing.
    """
    with transaction.atomic():
        proposal = changes.locked(proposal_id)
        if proposal.erased_at is not None:
            source, detail = ERASED, ""
        person = by if isinstance(by, User) else None
        if person is not None:
            check_report_outcome(proposal, by=person)
        outcome = Outcome(
            **({"pk": key} if key else {}),
            proposal=proposal,
            verdict=verdict,
            severity=severity,
            source=source,
            detail=detail,
            by=person,
            corrects_id=corrects,
            occurred_at=occurred_at,
            received_at=now,
        )
        known = _told_before(outcome, key)
        if known is not None:
            return known
        if corrects is not None:
            _check_correction(proposal, corrects, verdict)
        said_by = masked(proposal, source)
        outcome.save(force_insert=True)
        changes.tell(
            proposal,
            audit_verb="proposal.outcome_reported",
            event="",
            now=now,
            by=by,
            data={
                "verdict": verdict.value,
                "severity": severity,
                "source": said_by,
                **({"corrects": str(corrects)} if corrects else {}),
            },
        )
        trust.record(
            slice_id=proposal.slice_id,
            agent_version_id=proposal.agent_version_id,
            proposal_id=proposal.pk,
            source=(Source.OUTCOME, outcome.pk),
            wrong=verdict is Verdict.WRONG,
            confidence=proposal.confidence,
            content_sha256=proposal.content_sha256,
            decided_by=said_by[:200],
            not_counted_because=NotEvidence.OUTCOME_ONLY,
            basis=Basis(proposal.basis),
            now=now,
        )
        if verdict is Verdict.WRONG and severity in GRAVE:
            tell_grave(outcome, by=by, now=now)
        return outcome


def _told_before(outcome: Outcome, key: UUID | None) -> Outcome | None:
    """The stored outcome that says the same. Raises WrongStatus for a key that belongs to another proposal."""
    if key is not None:
        known = Outcome.objects.filter(pk=key).first()
        if known is not None and known.proposal_id != outcome.proposal_id:
            raise WrongStatus(_("This form belongs to another proposal: open it again."))
        return known
    same = Outcome.objects.filter(proposal_id=outcome.proposal_id, by__isnull=True, corrects__isnull=True)
    return same.filter(
        verdict=outcome.verdict,
        severity=outcome.severity,
        source=outcome.source,
        detail=outcome.detail,
        occurred_at=outcome.occurred_at,
    ).first()


def _check_correction(proposal: Proposal, outcome_id: UUID, verdict: Verdict) -> None:
    """The same verdict again would raise the alarm for one thing twice."""
    wrong = Outcome.objects.filter(proposal=proposal, pk=outcome_id, corrected_by__isnull=True).first()
    if wrong is None:
        raise WrongStatus(_("What you correct is not there, or somebody corrected it before."))
    if wrong.verdict == verdict:
        raise WrongStatus(_("It says so already. A correction says the opposite."))


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
    """Keep what people really did in the process, to compare a proposal with; once, and the same again has the effect
    of one. Empty name: they did nothing. Raises WrongStatus when something else was reported before, and when the
    contents were erased.
    """
    with transaction.atomic():
        proposal = changes.locked(proposal_id)
        changes.check_has_contents(proposal)
        row = HumanAction(
            proposal=proposal,
            action_name=action_name,
            args=args,
            args_sha256=action_sha256(action_name, args) if action_name else "",
            actor=actor,
            occurred_at=occurred_at,
            received_at=now,
        )
        known = HumanAction.objects.filter(proposal=proposal, by__isnull=True).first()
        if known is not None:
            if known.is_same(row):
                return known
            raise WrongStatus(
                _(
                    "Another human action was reported for this proposal before; it is kept once, as it was told."
                )
            )
        row.save(force_insert=True)
        found = diverged(proposal, action_name, args)
        changes.tell(
            proposal,
            audit_verb="proposal.human_action_reported",
            event="reviewhub.shadow.compared.v1" if proposal.stage == Stage.SHADOW else "",
            now=now,
            by=by,
            data={"action": action_name, "divergence": found.kind.value, "differing": list(found.fields)},
        )
        # Agents report themselves what people did: where a blind reviewer looks as well, their word is what counts.
        is_looked_at = Examination.objects.filter(original=proposal, purpose=Purpose.BLIND).exists()
        is_compared = proposal.stage == Stage.SHADOW and not is_looked_at
        because = None if is_compared else NotEvidence.HUMAN_ONLY
        trust.record(
            slice_id=proposal.slice_id,
            agent_version_id=proposal.agent_version_id,
            proposal_id=proposal.pk,
            source=(Source.HUMAN, row.pk),
            wrong=row.args_sha256 != proposal.args_sha256,
            confidence=proposal.confidence,
            content_sha256=proposal.content_sha256,
            decided_by=masked(proposal, actor)[:200],
            not_counted_because=because,
            basis=Basis(proposal.basis),
            diverged=found,
            now=now,
        )
        return row


def diverged(proposal: Proposal, action_name: str, args: dict[str, Any] | None) -> Diverged:
    """How this action differs from the proposed one."""
    return divergence(
        (proposal.action_type.name, proposal.args),
        (action_name, args),
        _alternatives(proposal),
    )


def _alternatives(proposal: Proposal) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Read only when somebody asks for the first: an approval does not."""
    for one in proposal.alternatives.all():
        yield one.action_name, one.args


def _diff(proposal: Proposal, answer: Answer) -> list[dict[str, Any]]:
    before = {"name": proposal.action_type.name, "args": proposal.args}
    return differences(before, {"name": answer.action_name, "args": answer.args})
