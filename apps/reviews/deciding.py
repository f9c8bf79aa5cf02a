"""A person's decision on a task they hold, and taking it back."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.audit.insertion import insert_at_end
from apps.audit.turns import together
from apps.audit.updating import update
from apps.delivery.waking import wake
from apps.reviews import policies
from apps.reviews.as_seen import check_current, check_open_to
from apps.reviews.attending import told
from apps.reviews.breaking import check_in_emergency, check_may_decide
from apps.reviews.caution import check_in_bulk, check_typed
from apps.reviews.choosing import Choice, Conflict, Invalid, chosen_action
from apps.reviews.evidence import record_evidence
from apps.reviews.gathering import is_contested
from apps.reviews.grantability import requirement
from apps.reviews.locking import locked
from apps.reviews.models import Decision, Queue, Task
from apps.reviews.settling import settle, standing
from apps.reviews.states import MOVES, TaskStatus
from apps.reviews.telling import tell
from apps.reviews.verdicts import is_blind, role_of_next, verdict
from apps.routing.states import Verb
from apps.sla import actions as sla
from apps.trust.states import NotEvidence

SETTLE_TASK = "apps.reviews.tasks.settle_due"


def decide(
    *,
    task_id: UUID,
    by: User,
    choice: Choice,
    lease_token: UUID,
    version: int,
    now: datetime,
    own: Collection[int] | None = None,
) -> Decision:
    """Record `by`'s decision on the task they hold. It settles when the undo window closes.

    `own` are the queues of `policies.queue_ids(by)`, if they are known. Raises Conflict (not held any more, or changed
    since seen), NotAllowed (not theirs to decide) or Invalid.
    """
    with transaction.atomic(), together():
        task = locked(task_id)
        check_current(task, by, lease_token, version, now)
        emergency = check_may_decide(task, by=by, queues=own, now=now)
        proposal = task.proposal
        check_open_to(task, proposal, by, now)
        picked = policies.check_picked(task, by=by)
        action = chosen_action(task, proposal, choice)
        contested = is_contested(task, by=by, now=now)
        check_typed(proposal, name=action.name, typed=choice.typed, contested=contested)
        if choice.batch is not None:
            check_in_bulk(task)
        if action.name and action.args is not None:
            needs = requirement(proposal, name=action.name, args=action.args, now=now)
            # A copy is never granted, so nothing but a halt stands in the way of saying what one would have done.
            if needs.is_halted or (needs.obstacle and not proposal.is_copy):
                raise Invalid("verb", needs.obstacle)
            if not proposal.is_copy:
                task.quorum = max(task.quorum, needs.people)
                _ask_compliance(task, needs.compliance)
        if emergency is not None:
            check_in_emergency(task, action)
        votes = standing(task)
        round_, role = role_of_next(len(votes))
        decision = Decision(
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
            # Who breaks the glass may have read what others decided.
            was_blind=emergency is None and is_blind(len(votes)),
            pick=picked,
            emergency=emergency,
            batch=choice.batch,
            **told(task, choice.active_ms, choice.opened, now),
            claimed_at=task.claimed_at or now,
            decided_at=now,
        )
        insert_at_end([decision])
        task.status = MOVES["decide"].after
        task.settles_at = now + timedelta(seconds=settings.REVIEWHUB_UNDO_SECONDS)
        task.deciders = [*task.deciders, by.pk]
        task.version += 1
        update(task, "status", "settles_at", "deciders", "quorum", "second_queue", "version")
        # What was decided is told when it takes effect: until then nobody may learn it from the log.
        tell("task.decided", task, by=by, now=now, data={"role": role})
        if verdict([*votes, decision], task.needed) is not None:
            # The clock stops when the person has decided, not when the window closes.
            sla.meet(subject_id=task.proposal_id, target="decide", now=now)
        if task.settles_at <= now:
            settle(task, now, votes=[*votes, decision])
        else:
            wake(SETTLE_TASK, at=task.settles_at)
        return decision


def undo(*, task_id: UUID, by: User, now: datetime) -> Task:
    """Take one's own decision back while its window is open: the task is claimed again, under a new lease.

    It comes back even to hands that are full by now: a mistake must never be kept because its maker went on working.
    The limit binds taking work, and nothing further can be taken until there is room. Raises Conflict, NotAllowed.
    """
    with transaction.atomic(), together():
        task = locked(task_id)
        if task.status != TaskStatus.DECIDED or task.settles_at is None or task.settles_at <= now:
            raise Conflict(task, _("The time to take it back is over."))
        votes = standing(task)
        decision = next((vote for vote in votes if vote.by_id == by.pk), None)
        if decision is None or task.claimed_by_id != by.pk:
            raise NotAllowed(_("Only the person who decided can take it back."))
        if verdict(votes, task.needed) is not None:
            sla.reopen(subject_id=task.proposal_id, target="decide", now=now)
        decision.undone_at = now
        decision.save(update_fields=["undone_at"])
        task.status = MOVES["undo"].after
        task.settles_at = None
        task.deciders = [person for person in task.deciders if person != by.pk]
        token = uuid4()
        task.broken_lease = token if task.is_emergency else None
        task.lease_token = token
        task.lease_expires_at = now + timedelta(seconds=task.queue.lease_seconds)
        task.version += 1
        update(
            task,
            *("status", "settles_at", "deciders", "lease_token", "lease_expires_at"),
            *("broken_lease", "version"),
        )
        tell("task.undone", task, by=by, now=now)
        record_evidence(task.proposal, decision, NotEvidence.UNDONE, now)
        return task


def _ask_compliance(task: Task, slug: str) -> None:
    """A rule may ask for compliance only because of what a person chose instead. Raises Invalid."""
    if not slug or task.second_queue_id is not None:
        return
    queue = Queue.objects.filter(slug=slug).first()
    if queue is None:
        raise Invalid("verb", _("The policy names the queue {slug}, which does not exist.").format(slug=slug))
    task.second_queue = queue
