"""A person's decision on a task they hold, and taking it back."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.delivery.waking import wake
from apps.proposals import changes
from apps.proposals.models import Proposal
from apps.reviews import policies, returning
from apps.reviews.choosing import Choice, Conflict, Invalid, chosen_action
from apps.reviews.grantability import requirement
from apps.reviews.models import Decision, Task
from apps.reviews.settling import record_evidence, settle, standing, trace
from apps.reviews.states import MOVES, TaskStatus
from apps.reviews.verdicts import is_blind, role_of_next, verdict
from apps.routing.states import Verb
from apps.sla import actions as sla
from apps.trust.states import NotEvidence

SETTLE_TASK = "apps.reviews.tasks.settle_due"


def decide(
    *, task_id: UUID, by: User, choice: Choice, lease_token: UUID, version: int, now: datetime
) -> Decision:
    """Record `by`'s decision on the task they hold. It settles when the undo window closes.

    Raises Conflict (not held any more, or changed since seen), NotAllowed (not theirs to decide) or Invalid.
    """
    with transaction.atomic():
        task = returning.locked(task_id)
        _check_current(task, by, lease_token, version, now)
        policies.check_take(task, by=by, queues=policies.queue_ids(by), now=now)
        proposal = changes.locked(task.proposal_id)
        _check_proposal(task, proposal, by, now)
        action = chosen_action(task, proposal, choice)
        if action.name and action.args is not None:
            needs = requirement(proposal, name=action.name, args=action.args, now=now)
            if needs.obstacle:
                raise Invalid("verb", needs.obstacle)
            task.quorum = max(task.quorum, needs.people)
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
        task.save(update_fields=["status", "settles_at", "deciders", "quorum", "version"])
        # What was decided is told when it takes effect: until then nobody may learn it from the log.
        trace("task.decided", task, now, by, {"role": role})
        if verdict([*votes, decision], task.quorum) is not None:
            # The clock stops when the person has decided, not when the window closes.
            sla.meet(subject_id=task.proposal_id, target="decide", now=now)
        if task.settles_at <= now:
            settle(task, now)
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
        if verdict(standing(task), task.quorum) is not None:
            sla.reopen(subject_id=task.proposal_id, target="decide", now=now)
        decision.undone_at = now
        decision.save(update_fields=["undone_at"])
        task.status = MOVES["undo"].after
        task.settles_at = None
        task.deciders = [person for person in task.deciders if person != by.pk]
        task.lease_expires_at = now + timedelta(seconds=task.queue.lease_seconds)
        task.version += 1
        task.save(update_fields=["status", "settles_at", "deciders", "lease_expires_at", "version"])
        trace("task.undone", task, now, by, {})
        record_evidence(changes.locked(task.proposal_id), decision, NotEvidence.UNDONE, now)
        return task


def _check_current(task: Task, by: User, lease_token: UUID, version: int, now: datetime) -> None:
    if task.status in (TaskStatus.DECIDED, TaskStatus.DONE):
        raise Conflict(task, _("Someone has decided this already."))
    if task.status == TaskStatus.CANCELLED:
        raise Conflict(task, _("The proposal ended before you decided."))
    lease_ended = task.lease_expires_at is None or task.lease_expires_at <= now
    if task.claimed_by_id != by.pk or task.lease_token != lease_token or lease_ended:
        raise Conflict(task, _("You do not hold this task any more."))
    if task.version != version:
        raise Conflict(task, _("The task changed since you opened it. Look again before you decide."))


def _check_proposal(task: Task, proposal: Proposal, by: User, now: datetime) -> None:
    """What the task's row cannot know: the agent's owner may have changed, the proposal's time may be over."""
    if proposal.agent.owner_id == by.pk:
        raise NotAllowed(_("You own the agent that proposed this: someone else has to decide."))
    if proposal.expires_at is not None and proposal.expires_at <= now:
        raise Conflict(task, _("The proposal expired before you decided."))
