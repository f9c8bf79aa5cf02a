"""A person's decision on a task, taking it back, and what happens when its undo window closes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.audit import actions as audit
from apps.audit.actors import Acting
from apps.delivery import live
from apps.delivery.waking import wake
from apps.proposals import changes
from apps.proposals.actions import Answer, settle as settle_proposal
from apps.proposals.digests import action_sha256
from apps.proposals.models import Alternative, Proposal
from apps.proposals.states import DecidedBy, Retry
from apps.registry.models import ReasonCode
from apps.registry.schemas import compile_schema, dotted
from apps.reviews import policies, returning
from apps.reviews.models import Decision, Task
from apps.reviews.states import MOVES, TaskStatus
from apps.reviews.verdicts import is_blind, role_of_next, verdict
from apps.routing.states import OVERRIDES, Verb
from apps.sla import actions as sla
from apps.trust import actions as trust
from apps.trust.states import NotEvidence, Source

SETTLE_TASK = "apps.reviews.tasks.settle_due"


class Invalid(ValueError):
    """What was sent cannot be a decision. `field` names the input, the text says what to do."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class Conflict(Exception):
    """The task is not as it was on the page: decided, taken, returned or withdrawn. Carries it as it is now."""

    def __init__(self, task: Task, message: str) -> None:
        self.task = task
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reviewer sent. `args` only for an edit, `alternative_rank` only for choosing one.

    `seen_sha256` is the digest of the arguments on the page.
    """

    verb: Verb
    seen_sha256: str
    args: dict[str, Any] | None = None
    alternative_rank: int | None = None
    reason_code: str = ""
    note: str = ""
    retry: Retry = Retry.NEVER


def decide(*, task_id: UUID, by: User, choice: Choice, lease_token: UUID, version: int, now: datetime) -> Decision:
    """Record `by`'s decision on the task they hold. It settles when the undo window closes.

    Raises Conflict (not held any more, or changed since seen), NotAllowed (not theirs to decide) or Invalid.
    """
    with transaction.atomic():
        task = returning.locked(task_id)
        _check_current(task, by, lease_token, version)
        policies.check_take(task, by=by, queues=policies.queue_ids(by), now=now)
        proposal = changes.locked(task.proposal_id)
        action = _chosen_action(task, proposal, choice)
        votes = standing(task)
        round_, role = role_of_next(len(votes))
        decision = Decision.objects.create(
            task=task,
            round=round_,
            role=role,
            by=by,
            verb=choice.verb,
            action_name=action.name,
            args=action.args,
            args_sha256=action.sha256,
            seen_sha256=choice.seen_sha256,
            alternative_rank=choice.alternative_rank,
            reason_code=choice.reason_code,
            note=choice.note.strip(),
            retry=choice.retry if choice.verb is Verb.REJECT else "",
            was_blind=is_blind(len(votes)),
            claimed_at=task.claimed_at or now,
            decided_at=now,
        )
        task.status = MOVES["decide"].after
        task.settles_at = now + timedelta(seconds=settings.REVIEWHUB_UNDO_SECONDS)
        task.deciders = [*task.deciders, by.pk]
        task.version += 1
        task.save(update_fields=["status", "settles_at", "deciders", "version"])
        _trace("task.decided", task, now, by, {"verb": choice.verb.value, "args_sha256": action.sha256})
        if task.settles_at <= now:
            _settle(task, now)
        else:
            wake(SETTLE_TASK, at=task.settles_at)
        return decision


def undo(*, task_id: UUID, by: User, now: datetime) -> Task:
    """Take one's own decision back while its window is open: the task is claimed again. Raises Conflict."""
    with transaction.atomic():
        task = returning.locked(task_id)
        if task.status != TaskStatus.DECIDED or task.settles_at is None or task.settles_at <= now:
            raise Conflict(task, _("The time to take it back is over."))
        decision = next((vote for vote in standing(task) if vote.by_id == by.pk), None)
        if decision is None or task.claimed_by_id != by.pk:
            raise NotAllowed(_("Only the person who decided can take it back."))
        decision.undone_at = now
        decision.save(update_fields=["undone_at"])
        task.status = MOVES["undo"].after
        task.settles_at = None
        task.deciders = [person for person in task.deciders if person != by.pk]
        task.lease_expires_at = now + timedelta(seconds=task.queue.lease_seconds)
        task.version += 1
        task.save(update_fields=["status", "settles_at", "deciders", "lease_expires_at", "version"])
        _trace("task.undone", task, now, by, {"verb": decision.verb})
        _evidence(task, changes.locked(task.proposal_id), decision, NotEvidence.UNDONE, now)
        return task


def settle_due(*, now: datetime, limit: int = 200) -> int:
    """Settle the decisions whose undo window closed. Any number of sweepers may run. How many were settled."""
    settled = 0
    while settled < limit:
        with transaction.atomic():
            task = (
                Task.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
                .select_related("queue", "workflow", "claimed_by")
                .filter(status=TaskStatus.DECIDED, settles_at__lte=now)
                .order_by("settles_at")
                .first()
            )
            if task is None:
                break
            _settle(task, now)
        settled += 1
    return settled


def cancel(*, proposal_id: UUID, by: Acting | None, now: datetime, reason: str) -> None:
    """Close the task of a proposal that ends without an answer, inside the caller's transaction.

    Decisions not settled yet become typed non-evidence with the proposal's ending.
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
        _evidence(task, proposal, vote, NotEvidence.NOT_SETTLING, now)
    _close(task, MOVES["cancel"].after, now)
    sla.cancel(subject_ids=[proposal_id], now=now)
    _trace("task.cancelled", task, now, by, {"reason": reason})
    if holder is not None:
        live.announce([f"person:{holder}"])


def standing(task: Task) -> list[Decision]:
    """The task's decisions that were not taken back, in order."""
    return list(task.decisions.filter(undone_at__isnull=True).select_related("by").order_by("decided_at", "id"))


@dataclass(frozen=True, slots=True)
class _Action:
    name: str
    args: dict[str, Any] | None
    sha256: str


_NOTHING = _Action("", None, "")


def _check_current(task: Task, by: User, lease_token: UUID, version: int) -> None:
    if task.status in (TaskStatus.DECIDED, TaskStatus.DONE):
        raise Conflict(task, _("Someone has decided this already."))
    if task.status == TaskStatus.CANCELLED:
        raise Conflict(task, _("The proposal ended before you decided."))
    if task.claimed_by_id != by.pk or task.lease_token != lease_token:
        raise Conflict(task, _("You do not hold this task any more."))
    if task.version != version:
        raise Conflict(task, _("The task changed since you opened it. Look again before you decide."))


def _chosen_action(task: Task, proposal: Proposal, choice: Choice) -> _Action:
    """The exact action this choice would grant. Raises Invalid or Conflict."""
    if choice.verb not in task.verbs:
        raise Invalid("verb", _("This is not among the decisions the policy allows here."))
    if choice.seen_sha256 != proposal.args_sha256:
        raise Conflict(task, _("The arguments on your page are not those of the proposal. Look again."))
    _check_reason(proposal, choice)
    if choice.verb is Verb.APPROVE:
        return _Action(proposal.action_type.name, proposal.args, proposal.args_sha256)
    if choice.verb is Verb.EDIT:
        return _edited(proposal, choice)
    if choice.verb is Verb.CHOOSE_ALTERNATIVE:
        return _alternative(proposal, choice)
    return _NOTHING


def _check_reason(proposal: Proposal, choice: Choice) -> None:
    if choice.verb not in OVERRIDES:
        return
    known = ReasonCode.objects.filter(workflow_id=proposal.workflow_id, code=choice.reason_code)
    if not known.exists():
        raise Invalid("reason_code", _("Choose a reason from the list."))


def _edited(proposal: Proposal, choice: Choice) -> _Action:
    if choice.args is None:
        raise Invalid("args", _("Give the edited arguments."))
    problems = compile_schema(proposal.action_type.args_schema).problems(choice.args)
    if problems:
        raise Invalid("args", "; ".join(f"{dotted(path) or _('arguments')}: {text}" for path, text in problems))
    sha256 = action_sha256(proposal.action_type.name, choice.args)
    if sha256 == proposal.args_sha256:
        raise Invalid("args", _("Nothing was changed. Approve it, or change a value."))
    return _Action(proposal.action_type.name, choice.args, sha256)


def _alternative(proposal: Proposal, choice: Choice) -> _Action:
    found = Alternative.objects.filter(proposal=proposal, rank=choice.alternative_rank).first()
    if found is None:
        raise Invalid("alternative_rank", _("There is no such alternative."))
    return _Action(found.action_name, found.args, found.args_sha256)


def _settle(task: Task, now: datetime) -> None:
    """Close a locked, decided task with its answer, or open it for the next person."""
    votes = standing(task)
    settling = verdict(votes, task.quorum)
    if settling is None:
        returning.reopen(task, move="pass_to_second", audit_verb="task.passed_to_second", by=None, now=now)
        return
    answer = Answer(
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
    holder = task.claimed_by_id
    _close(task, MOVES["settle"].after, now)
    settle_proposal(proposal_id=task.proposal_id, answer=answer, by=settling.by, now=now)
    sla.meet(subject_id=task.proposal_id, target="decide", now=settling.decided_at)
    _trace("task.settled", task, now, None, {"verb": settling.verb})
    live.announce([f"person:{holder}"])
    proposal = task.proposal
    for vote in votes:
        because = _why_not(proposal.workflow_id, vote) if vote == settling else NotEvidence.NOT_SETTLING
        _evidence(task, proposal, vote, because, now)


def _why_not(workflow_id: int, settling: Decision) -> NotEvidence | None:
    """A rejection counts only when its reason is the agent's fault."""
    if settling.verb != Verb.REJECT:
        return None
    fault = ReasonCode.objects.filter(workflow_id=workflow_id, code=settling.reason_code, is_agents_fault=True)
    return None if fault.exists() else NotEvidence.NOT_AGENTS_FAULT


def _evidence(
    task: Task, proposal: Proposal, vote: Decision, because: NotEvidence | None, now: datetime
) -> None:
    trust.record(
        slice_id=proposal.slice_id,
        agent_version_id=proposal.agent_version_id,
        proposal_id=proposal.pk,
        source=(Source.DECISION, vote.pk),
        wrong=vote.verb in OVERRIDES,
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


def _trace(verb: str, task: Task, now: datetime, by: Acting | None, data: dict[str, Any]) -> None:
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
