"""Closes a task: with its answer when the undo window is over, or because the proposal ended without one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from apps.audit import actions as audit
from apps.audit.actors import Acting
from apps.audit.sweeping import sweep
from apps.delivery import live
from apps.proposals import changes
from apps.proposals.actions import Answer
from apps.proposals.actions import settle as settle_proposal
from apps.proposals.models import Proposal
from apps.proposals.states import DecidedBy, Retry
from apps.registry.models import ReasonCode
from apps.reviews import returning
from apps.reviews.grantability import requirement
from apps.reviews.models import Decision, Task
from apps.reviews.states import MOVES, TaskStatus
from apps.reviews.verdicts import verdict
from apps.routing.states import Verb
from apps.sla import actions as sla
from apps.trust import actions as trust
from apps.trust.states import NotEvidence, Source


def settle_due(*, now: datetime, limit: int = 200) -> int:
    """Settle the decisions whose undo window closed. Any number of sweepers may run. How many were settled."""
    due = returning.lockable().filter(status=TaskStatus.DECIDED, settles_at__lte=now).order_by("settles_at")
    return sweep(
        next_due=lambda failed: due.exclude(pk__in=failed).first(),
        act=lambda task: settle(task, now),
        limit=limit,
    )


def settle(task: Task, now: datetime) -> None:
    """Close a locked, decided task with its answer, or open it for the next person.

    What people approved is denied by policy when it cannot be granted any more: the slice went back to shadow, the
    agent was suspended.
    """
    votes = standing(task)
    settling = verdict(votes, task.quorum)
    if settling is None:
        returning.reopen(task, move="pass_to_second", audit_verb="task.passed_to_second", by=None, now=now)
        return
    obstacle = _obstacle(task, settling, now)
    answer = _denial(obstacle, now) if obstacle else _answer(settling)
    holder = task.claimed_by_id
    _close(task, MOVES["settle"].after, now)
    by = None if obstacle else settling.by
    proposal = settle_proposal(proposal_id=task.proposal_id, answer=answer, by=by, now=now).proposal
    told = [{"by": vote.by.name, "verb": vote.verb, "args_sha256": vote.args_sha256} for vote in votes]
    trace("task.settled", task, now, None, {"verb": answer.verb.value, "decisions": told})
    live.announce([f"person:{holder}"])
    for vote in votes:
        because: NotEvidence | None = NotEvidence.POLICY if obstacle else NotEvidence.NOT_SETTLING
        if vote == settling and not obstacle:
            because = _why_not(proposal.workflow_id, vote)
        record_evidence(proposal, vote, because, now)


def _obstacle(task: Task, settling: Decision, now: datetime) -> str:
    """Why the chosen action cannot be granted now; empty when it can, or nothing is to be granted."""
    if not settling.action_name or settling.args is None:
        return ""
    proposal = changes.locked(task.proposal_id)
    return requirement(proposal, name=settling.action_name, args=settling.args, now=now).obstacle


def _answer(settling: Decision) -> Answer:
    return Answer(
        verb=Verb(settling.verb),
        decided_by_type=DecidedBy.HUMAN,
        decided_by=settling.by.name,
        decided_at=settling.decided_at,
        action_name=settling.action_name,
        args=settling.args,
        args_sha256=settling.args_sha256,
        alternative_rank=settling.alternative_rank,
        reason_code=settling.reason_code,
        message=settling.note,
        retry=Retry(settling.retry or Retry.NEVER),
    )


def _denial(obstacle: str, now: datetime) -> Answer:
    return Answer(
        verb=Verb.REJECT,
        decided_by_type=DecidedBy.POLICY,
        decided_by="",
        decided_at=now,
        message=obstacle,
        retry=Retry.LATER,
    )


def cancel(
    *, proposal_id: UUID, by: Acting | None, now: datetime, reason: str, not_evidence: NotEvidence
) -> None:
    """Close the task of a proposal that ends without an answer, inside the caller's transaction.

    Decisions not settled yet are written as `not_evidence`: what the proposal ended with.
    """
    task_id = Task.objects.filter(proposal_id=proposal_id).values_list("pk", flat=True).first()
    if task_id is None:
        return
    task = returning.locked(task_id)
    if task.status not in MOVES["cancel"].before:
        return
    holder = task.claimed_by_id
    proposal = changes.locked(proposal_id)
    for vote in standing(task):
        record_evidence(proposal, vote, not_evidence, now)
    _close(task, MOVES["cancel"].after, now)
    sla.cancel(subject_ids=[proposal_id], now=now)
    trace("task.cancelled", task, now, by, {"reason": reason})
    if holder is not None:
        live.announce([f"person:{holder}"])


def standing(task: Task) -> list[Decision]:
    """The task's decisions that were not taken back, in order."""
    return list(
        task.decisions.filter(undone_at__isnull=True).select_related("by").order_by("decided_at", "id")
    )


def _why_not(workflow_id: int, settling: Decision) -> NotEvidence | None:
    """A rejection counts only when its reason is the agent's fault."""
    if settling.verb != Verb.REJECT:
        return None
    fault = ReasonCode.objects.filter(
        workflow_id=workflow_id, code=settling.reason_code, is_agents_fault=True
    )
    return None if fault.exists() else NotEvidence.NOT_AGENTS_FAULT


def record_evidence(proposal: Proposal, vote: Decision, because: NotEvidence | None, now: datetime) -> None:
    """Write one decision into the ledger of its slice: counted, or `because` why not."""
    trust.record(
        slice_id=proposal.slice_id,
        agent_version_id=proposal.agent_version_id,
        proposal_id=proposal.pk,
        source=(Source.DECISION, vote.pk),
        # One taken back has no verdict: the next person may be the blind second, who must not read it here.
        wrong=None if because is NotEvidence.UNDONE else vote.args_sha256 != proposal.args_sha256,
        confidence=proposal.confidence,
        content_sha256=proposal.content_sha256,
        decided_by=vote.by.name,
        not_counted_because=because,
        now=now,
    )


def _close(task: Task, status: TaskStatus, now: datetime) -> None:
    task.status = status
    task.claimed_by = task.claimed_at = task.lease_token = task.lease_expires_at = task.settles_at = None
    task.closed_at = now
    task.version += 1
    task.save(
        update_fields=[
            "status",
            "claimed_by",
            "claimed_at",
            "lease_token",
            "lease_expires_at",
            "settles_at",
            "closed_at",
            "version",
        ]
    )


def trace(verb: str, task: Task, now: datetime, by: Acting | None, data: dict[str, Any]) -> None:
    audit.record(
        verb=verb,
        now=now,
        by=by,
        subject=("task", task.pk, task.queue.name),
        workflow_id=task.workflow_id,
        proposal_id=task.proposal_id,
        data=data,
    )
    live.announce([f"queue:{task.queue_id}", f"proposal:{task.proposal_id}"])
