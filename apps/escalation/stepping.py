"""Does one step of one run: tells people, moves the task, applies the fallback. What it did is written down once."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.policies import NotAllowed
from apps.audit import actions as audit
from apps.delivery.lines import short
from apps.delivery.notifying import notify, notify_channel
from apps.escalation.fallback import apply_fallback
from apps.escalation.incidents import open_incident
from apps.escalation.models import EscalationRun
from apps.escalation.recipients import Directory, Recipients
from apps.escalation.states import Do, Kind, Outcome
from apps.escalation.steps import Step, Unreadable
from apps.proposals import changes
from apps.proposals.states import Substatus
from apps.reviews import moving
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus

ESCALATED_EVENT = "reviewhub.proposal.escalated.v1"


@dataclass(frozen=True, slots=True)
class Did:
    """What came of a step. `ended` says that the task needs nobody any more."""

    outcome: Outcome
    told: list[str] = field(default_factory=list)
    notices: int = 0
    ended: bool = False

    @property
    def passes_on(self) -> bool:
        """Whether the next step comes at once: this one reached nobody."""
        return self.outcome in (Outcome.NOBODY, Outcome.MISSING)


@dataclass(frozen=True, slots=True)
class Turn:
    """One step about to be taken: the locked run with task and proposal, which step of how many, who is there now."""

    run: EscalationRun
    task: Task
    index: int
    loop: int
    count: int
    directory: Directory
    now: datetime

    @property
    def is_last(self) -> bool:
        return self.index == self.count - 1

    @property
    def name(self) -> str:
        return _("step {number} of {chain}").format(
            number=self.index + 1, chain=self.run.chain_version.chain.name
        )


def take(step: Step | Unreadable, turn: Turn) -> Did:
    """Do the step, inside the transaction that holds run and task."""
    if isinstance(step, Unreadable):
        _incident(
            Kind.STEP_UNKNOWN, turn, _("{step} cannot be read: {why}").format(step=turn.name, why=step.why)
        )
        return Did(Outcome.UNKNOWN)
    if step.do is Do.NOTIFY:
        return _notify(step, turn)
    if step.do is Do.FALLBACK and turn.task.status == TaskStatus.DECIDED:
        # Whoever has decided in time to take it back goes before the clock.
        return Did(Outcome.REFUSED)
    if step.do is Do.FALLBACK:
        return Did(Outcome.DONE, ended=apply_fallback(run=turn.run, task=turn.task, now=turn.now))
    return _move(step, turn)


def _notify(step: Step, turn: Turn) -> Did:
    recipients = turn.directory.resolve(step.to, turn.task)
    if recipients.missing:
        _missing(turn, ", ".join(map(str, recipients.missing)))
    if not recipients:
        _incident(
            Kind.NO_RECIPIENTS,
            turn,
            _("{step} had nobody to tell in {queue}: {to}.").format(
                step=turn.name, queue=turn.task.queue.name, to=", ".join(map(str, step.to))
            ),
        )
        if not turn.is_last:
            return Did(Outcome.NOBODY)
        recipients = turn.directory.anybody(step.to, turn.task)
    notices = _tell(recipients, turn)
    outcome = Outcome.DONE if notices else Outcome.NOBODY
    _record(step, turn, recipients)
    return Did(outcome, recipients.names, notices)


def _tell(recipients: Recipients, turn: Turn) -> int:
    """Write a notification for each person, and a message for each channel; how many."""
    task = turn.task
    kind = "accountable" if turn.is_last else "escalation"
    title = _("Nobody has decided yet: {what}")
    if task.status == TaskStatus.DECIDED:
        title = _("Decided, but taken back before and not final yet: {what}")
    told = _(
        "{summary}\n\nIt has waited in {queue} since {since:%d %B %H:%M} and is due {due:%d %B %H:%M} (UTC). "
        "This is {step}."
    )
    if task.due_at < turn.now:
        told = _(
            "{summary}\n\nIt has waited in {queue} since {since:%d %B %H:%M} and was due {due:%d %B %H:%M} (UTC). "
            "This is {step}."
        )
    text = told.format(
        summary=task.headline, queue=task.queue.name, since=task.opened_at, due=task.due_at, step=turn.name
    )
    link = f"/tasks/{task.pk}/"
    notices = notify(
        people=recipients.people,
        kind=kind,
        title=title.format(what=short(task.headline)),
        text=text,
        link=link,
        tier=task.tier,
        now=turn.now,
        workflow_id=task.workflow_id,
        proposal_id=task.proposal_id,
    )
    for channel in recipients.channels:
        # What an agent wrote stays inside: a channel may be read by many.
        plain = _("Due {due:%d %B %H:%M} (UTC). This is {step}.").format(due=task.due_at, step=turn.name)
        sent = notify_channel(
            channel=channel, title=title.format(what=task.queue.name), text=plain, link=link, now=turn.now
        )
        notices += sent is not None
    return notices


def _record(step: Step, turn: Turn, recipients: Recipients) -> None:
    """Into the audit log each time; to the agent the first time a step comes."""
    task = turn.task
    data: dict[str, Any] = {"step": turn.index + 1, "times": turn.loop + 1, "told": recipients.names}
    if turn.loop:
        audit.record(
            verb="task.escalated",
            now=turn.now,
            subject=("task", task.pk, task.queue.name),
            workflow_id=task.workflow_id,
            proposal_id=task.proposal_id,
            data=data,
        )
        return
    proposal = task.proposal
    if task.status == TaskStatus.OPEN and proposal.substatus == Substatus.QUEUED:
        changes.set_substatus(proposal, Substatus.ESCALATED, due_at=proposal.due_at)
    changes.tell(
        proposal, audit_verb="proposal.escalated", event=ESCALATED_EVENT, now=turn.now, by=None, data=data
    )


def _move(step: Step, turn: Turn) -> Did:
    reason = turn.name
    try:
        with transaction.atomic():
            if step.do is Do.RAISE_TIER:
                moving.raise_tier(task_id=turn.task.pk, now=turn.now, reason=reason)
                return Did(Outcome.DONE)
            if step.do is Do.REQUIRE_SECOND:
                moving.require_second(task_id=turn.task.pk, now=turn.now, reason=reason)
                return Did(Outcome.DONE)
            return _move_to_queues(step, turn, reason)
    except NotAllowed:
        return Did(Outcome.REFUSED)


def _move_to_queues(step: Step, turn: Turn, reason: str) -> Did:
    verb = moving.widen if step.do is Do.WIDEN else moving.reassign
    reached: list[str] = []
    for to in step.to:
        queue = turn.directory.queue(to.name)
        if queue is None:
            _missing(turn, str(to))
            continue
        verb(task_id=turn.task.pk, queue=queue, now=turn.now, reason=reason)
        reached.append(queue.name)
    return Did(Outcome.DONE if reached else Outcome.MISSING, reached)


def _missing(turn: Turn, names: str) -> None:
    _incident(
        Kind.STEP_MISSING,
        turn,
        _("{step} names what does not exist: {names}.").format(step=turn.name, names=names),
    )


def _incident(kind: Kind, turn: Turn, text: str) -> None:
    """One a chain's step and queue, however many tasks meet it."""
    open_incident(
        kind=kind,
        key=f"{turn.run.chain_version.chain.slug}:{turn.index + 1}:{turn.task.queue.slug}",
        text=text,
        now=turn.now,
        workflow_id=turn.task.workflow_id,
        task_id=turn.task.pk,
    )
