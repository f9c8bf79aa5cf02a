"""A reviewer asks the agent: the task leaves their hands and its decide clock stands still until there is an answer.

Then both go on: the task comes back to the person who asked, if they are there and have room for it, else to its queue
before its equals. Without an answer it comes back all the same, at the moment that was fixed when it was asked.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, allows
from apps.audit.sweeping import sweep
from apps.delivery.notifying import notify
from apps.proposals import changes, questions
from apps.proposals.changes import WrongStatus
from apps.proposals.models import Proposal, Question
from apps.proposals.questions import Said
from apps.proposals.states import Ending, Substatus
from apps.registry.models import Agent
from apps.reviews import policies, ranking, returning
from apps.reviews.choosing import Conflict, Invalid
from apps.reviews.holding import check_lease, has_room
from apps.reviews.locking import first_lockable, locked, locked_of
from apps.reviews.models import Task
from apps.reviews.states import MOVES, TaskStatus
from apps.reviews.telling import tell
from apps.sla import actions as sla

LONGEST = 2000


def ask(
    *, task_id: UUID, by: User, text: str, within: timedelta, lease_token: UUID, now: datetime
) -> Question:
    """Ask the agent of a task `by` holds, and wait `within` for the answer, or as long as the policy allows.

    Raises Conflict (not held any more, or the clock cannot stand still), NotAllowed (not theirs any more) or Invalid.
    """
    text = text.strip()
    if not text:
        raise Invalid("text", _("Write what you want to know."))
    if len(text) > LONGEST:
        raise Invalid("text", _("A question has at most {most} characters.").format(most=LONGEST))
    with transaction.atomic():
        task = locked(task_id)
        check_lease(task, by=by, lease_token=lease_token, now=now)
        policies.check_take(task, by=by, queues=policies.queue_ids(by), now=now)
        # Its answer would tell which side the agent is on.
        policies.check_picked(task, by=by)
        reason = questions.masked(task.proposal, text)
        try:
            resume_at = sla.pause(subject_id=task.proposal_id, until=now + within, reason=reason, now=now)
        except sla.WrongCycle as error:
            raise Conflict(task, str(error)) from error
        proposal = task.proposal
        question = questions.ask(proposal=proposal, text=text, answer_by=resume_at, by=by, now=now)
        task.status = MOVES["ask"].after
        task.claimed_by = task.claimed_at = task.lease_token = task.lease_expires_at = None
        task.resume_at = resume_at
        _save(task)
        tell("task.asked", task, by=by, now=now, also=[f"person:{by.pk}"])
        return question


def answer(*, proposal_id: UUID, said: Said, by: Agent, now: datetime) -> Question:
    """Take the agent's answer in and bring the task back. The same answer again has no further effect.

    Raises WrongStatus when no question waits for this answer.
    """
    with transaction.atomic():
        task = locked_of(proposal_id)
        if task is None:
            raise WrongStatus(_("No person looks at this proposal, so nothing was asked."))
        proposal = task.proposal
        before = questions.answered_before(proposal, said)
        if before is not None:
            return before
        question = questions.answer(proposal=proposal, said=said, by=by, now=now)
        _bring_back(task, question, now)
        _notify(task, proposal, question, now)
        return question


def call_off(*, task_id: UUID, by: User, now: datetime) -> Task:
    """Wait no longer: back to the person who asked, or to the queue when a lead says so. Raises NotAllowed."""
    with transaction.atomic():
        task = locked(task_id)
        proposal = task.proposal
        question = questions.open_question(proposal)
        if question is None or task.status != TaskStatus.ASKED:
            raise NotAllowed(_("No question waits for an answer here."))
        policies.check_call_off(task, asked_by=question.by_id, by=by)
        questions.end(proposal=proposal, ending=Ending.CALLED_OFF, by=by, now=now)
        _bring_back(task, question, now, to_queue=question.by_id != by.pk)
        return task


def return_unanswered(*, now: datetime, limit: int = 200) -> int:
    """Bring back tasks whose agent did not answer in time. Any number of sweepers may run. How many came back."""
    late = Task.objects.filter(status=TaskStatus.ASKED, resume_at__lte=now).order_by("resume_at")
    return sweep(
        next_due=lambda failed: first_lockable(late.exclude(pk__in=failed)),
        act=lambda task: give_up(task, now),
        limit=limit,
    )


def give_up(task: Task, now: datetime) -> None:
    """Bring a locked task back without the answer it waited for."""
    proposal = task.proposal
    question = questions.end(proposal=proposal, ending=Ending.UNANSWERED, by=None, now=now)
    _bring_back(task, question, now)
    if question is not None:
        _notify(task, proposal, question, now)


def _bring_back(task: Task, question: Question | None, now: datetime, *, to_queue: bool = False) -> None:
    """Let the clock run, and put a locked task that waited into the hands of whoever asked, or into its queue."""
    task.due_at = sla.resume(subject_id=task.proposal_id, now=now) or task.due_at
    task.resume_at = None
    if question is not None and not to_queue and _can_have(question.by, task, now):
        _give(task, question.by, now)
        return
    returning.reopen(
        task,
        move="requeue",
        audit_verb="task.requeued",
        by=None,
        now=now,
        boosts=1,
        also=("due_at", "resume_at"),
        topics=[f"person:{question.by_id}"] if question else [],
    )


def _can_have(person: User, task: Task, now: datetime) -> bool:
    """Whether the person is there, may still decide it and has room."""
    queues = policies.queue_ids(person)
    if not person.is_active or not allows(policies.check_take, task, by=person, queues=queues, now=now):
        return False
    return has_room(person)


def _give(task: Task, person: User, now: datetime) -> None:
    task.status = MOVES["give_back"].after
    task.claimed_by, task.claimed_at = person, now
    task.lease_token = uuid4()
    task.lease_expires_at = now + timedelta(seconds=task.queue.lease_seconds)
    task.rank_at = ranking.rank_at(next_due_at=task.due_at, tier=task.tier)
    _save(task)
    changes.set_substatus(task.proposal, Substatus.CLAIMED, due_at=task.due_at)
    tell("task.given_back", task, by=None, now=now, data={"to": person.name})


def _save(task: Task) -> None:
    task.version += 1
    task.save(
        update_fields=[
            "status",
            "claimed_by",
            "claimed_at",
            "lease_token",
            "lease_expires_at",
            "resume_at",
            "due_at",
            "rank_at",
            "version",
        ]
    )


def _notify(task: Task, proposal: Proposal, question: Question, now: datetime) -> None:
    """Tell the person who asked, whose hands are on something else by now."""
    is_answered = question.ending == Ending.ANSWERED
    title = _("Answered: {summary}") if is_answered else _("Not answered in time: {summary}")
    is_theirs = task.claimed_by_id == question.by_id
    if is_theirs:
        where = _("You hold the task again.")
    elif has_room(question.by):
        where = _("The task is back in its queue.")
    else:
        where = _("Your hands were full, so the task is back in its queue.")
    notify(
        people=[question.by],
        kind="answered" if is_answered else "unanswered",
        title=title.format(summary=task.headline),
        text="\n\n".join(
            filter(
                None,
                [
                    where,
                    questions.masked(proposal, question.text),
                    questions.masked(proposal, question.answer),
                ],
            )
        ),
        link=f"/tasks/{task.pk}/",
        tier=task.tier,
        now=now,
        workflow_id=task.workflow_id,
        proposal_id=proposal.pk,
    )
