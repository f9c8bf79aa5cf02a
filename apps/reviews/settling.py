"""Closes a task: with its answer when the undo window is over, or because the proposal ended without one."""

from datetime import datetime
from uuid import UUID

from apps.audit.actors import Acting
from apps.audit.sweeping import sweep
from apps.audit.turns import together
from apps.audit.updating import update
from apps.proposals.actions import Answer
from apps.proposals.actions import settle as settle_proposal
from apps.proposals.states import DecidedBy, Retry
from apps.reviews.attending import attend, why_marked
from apps.reviews.concluding import conclude
from apps.reviews.evidence import record_evidence, why_not_fault
from apps.reviews.expecting import expect_results
from apps.reviews.gold import CONFIRMS, keep_confirmed, overrides
from apps.reviews.grantability import chosen_slice, requirement
from apps.reviews.locking import first_lockable, locked_of
from apps.reviews.models import Decision, Task
from apps.reviews.passing import pass_to_second
from apps.reviews.states import MOVES, Mark, TaskStatus
from apps.reviews.telling import tell
from apps.reviews.verdicts import verdict
from apps.routing.states import Verb
from apps.sla import actions as sla
from apps.trust.states import NotEvidence


def settle_due(*, now: datetime, limit: int = 200) -> int:
    """Settle the decisions whose undo window closed. Any number of sweepers may run. How many were settled.

    A proposal whose time is over by then is left to expire, whichever sweeper comes first.
    """
    closed = Task.objects.filter(status=TaskStatus.DECIDED, settles_at__lte=now)
    due = closed.exclude(proposal__expires_at__lte=now).order_by("settles_at")
    return sweep(
        next_due=lambda failed: first_lockable(due.exclude(pk__in=failed)),
        act=lambda task: _settle_together(task, now),
        limit=limit,
    )


def _settle_together(task: Task, now: datetime) -> None:
    with together():
        settle(task, now)


def settle(task: Task, now: datetime, *, votes: list[Decision] | None = None) -> None:
    """Close a locked, decided task with its answer, or open it for the next person.

    `votes` are its standing decisions, if they are known. What people approved is denied by policy when it cannot be
    granted any more: the slice went back to shadow, the agent was suspended.
    """
    votes = standing(task) if votes is None else votes
    mark = attend(task, votes[-1])
    settling = verdict(votes, task.needed)
    if settling is not None and task.proposal.is_copy:
        _settle_copy(task, settling, mark, now)
        return
    if settling is None:
        pass_to_second(task, now)
        return
    obstacle = _obstacle(task, settling, now)
    answer = _denial(obstacle, now) if obstacle else _answer(task, settling, now)
    holder = task.claimed_by_id
    _close(task, MOVES["settle"].after, now)
    by = None if obstacle else settling.by
    granted = settle_proposal(proposal=task.proposal, answer=answer, by=by, now=now)
    if granted is not None:
        # An approved action nobody hears of again must not stay unnoticed.
        expect_results([task.proposal], now=now)
    told = [_told(vote) for vote in votes]
    tell(
        "task.settled",
        task,
        by=None,
        now=now,
        data={"verb": answer.verb.value, "decisions": told},
        also=[f"person:{holder}"],
    )
    against = overrides(task.proposal, votes)
    is_confirmed = settling in against and len(against) >= CONFIRMS and not obstacle and mark is None
    if is_confirmed and why_not_fault(task.workflow_id, settling) is None:
        keep_confirmed(proposal=task.proposal, overrides=against, now=now)
    for vote in votes:
        because: NotEvidence | None = NotEvidence.POLICY if obstacle else NotEvidence.NOT_SETTLING
        if vote == settling and not obstacle:
            because = why_marked(mark) or why_not_fault(task.workflow_id, vote)
        record_evidence(task.proposal, vote, because, now, is_confirmed=is_confirmed)


def _told(vote: Decision) -> dict[str, object]:
    """What the log keeps of one decision; where it was picked first, what, and whether they went over to the agent."""
    told: dict[str, object] = {"by": vote.by.name, "verb": vote.verb, "args_sha256": vote.args_sha256}
    if vote.pick is not None:
        told |= {
            "picked": vote.pick.kind,
            "picked_sha256": vote.pick.args_sha256,
            "came_round": vote.came_round,
        }
    return told


def _settle_copy(task: Task, settling: Decision, mark: Mark | None, now: datetime) -> None:
    """The same for a copy: nothing is answered to anybody."""
    holder = task.claimed_by_id
    _close(task, MOVES["settle"].after, now)
    conclude(task, settling, now, marked=why_marked(mark))
    tell("task.settled", task, by=None, now=now, also=[f"person:{holder}"])


def _obstacle(task: Task, settling: Decision, now: datetime) -> str:
    """Why the chosen action cannot be granted now; empty when it can, or nothing is to be granted."""
    if not settling.action_name or settling.args is None:
        return ""
    return requirement(task.proposal, name=settling.action_name, args=settling.args, now=now).obstacle


def _answer(task: Task, settling: Decision, now: datetime) -> Answer:
    name, args = settling.action_name, settling.args
    return Answer(
        verb=Verb(settling.verb),
        decided_by_type=DecidedBy.HUMAN,
        decided_by=settling.by.name,
        decided_at=settling.decided_at,
        action_name=name,
        args=args,
        args_sha256=settling.args_sha256,
        chosen_slice=chosen_slice(task.proposal, name=name, args=args, now=now) if args is not None else None,
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
    task = locked_of(proposal_id)
    if task is None or task.status not in MOVES["cancel"].before:
        return
    holder = task.claimed_by_id
    for vote in standing(task):
        record_evidence(task.proposal, vote, not_evidence, now)
    _close(task, MOVES["cancel"].after, now)
    sla.cancel(subject_ids=[proposal_id], now=now)
    also = [f"person:{holder}"] if holder is not None else []
    tell("task.cancelled", task, by=by, now=now, data={"reason": reason}, also=also)


def standing(task: Task) -> list[Decision]:
    """The task's decisions that were not taken back, in order."""
    if not task.deciders:
        return []
    return list(
        task.decisions.filter(undone_at__isnull=True).select_related("by").order_by("decided_at", "id")
    )


def _close(task: Task, status: TaskStatus, now: datetime) -> None:
    task.status = status
    task.claimed_by = task.claimed_at = task.lease_token = task.lease_expires_at = None
    task.resume_at = task.settles_at = None
    task.closed_at = now
    task.version += 1
    update(
        task,
        *("status", "claimed_by", "claimed_at", "lease_token", "lease_expires_at"),
        *("resume_at", "settles_at", "closed_at", "version"),
    )
