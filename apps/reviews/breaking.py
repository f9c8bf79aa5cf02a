"""In an emergency an admin takes a task outside the ordinary rules, with a reason, and decides it on its card.

Queue, claim, absence and the number of held tasks do not matter then; everything that protects people from an agent
does: nobody decides on their own agent's proposal, and one person's word may always stop something, but lets happen
only what one person may let happen. Everybody accountable is told at once, and no such decision is evidence of trust.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.audit.turns import together
from apps.audit.updating import update
from apps.delivery.lines import short
from apps.delivery.notifying import notify
from apps.proposals import questions
from apps.proposals.states import Ending
from apps.reviews import policies
from apps.reviews.caution import words_for
from apps.reviews.choosing import Chosen, Conflict, Invalid
from apps.reviews.claiming import take
from apps.reviews.locking import locked
from apps.reviews.models import Emergency, Task
from apps.reviews.states import MOVES, TaskStatus
from apps.reviews.telling import tell
from apps.sla import actions as sla

LONGEST = 500


def break_glass(*, task_id: UUID, by: User, reason: str, now: datetime) -> Task:
    """Take the task out of its queue or out of somebody's hands. Raises NotAllowed, Conflict when it is decided."""
    with transaction.atomic(), together():
        task = locked(task_id)
        policies.check_break_glass(task, by=by, reason=reason)
        if task.status not in MOVES["break_glass"].before:
            raise Conflict(task, _("This is decided, or needs no decision any more."))
        holder = task.claimed_by
        if holder == by:
            raise NotAllowed(_("You hold this task already: decide it."))
        if task.status == TaskStatus.ASKED:
            _stop_waiting(task, by, now)
        emergency = Emergency.objects.create(
            task=task,
            by=by,
            reason=reason.strip()[:LONGEST],
            taken_from=holder.name if holder else "",
            at=now,
        )
        take(task, by, now, also=("due_at", "resume_at"))
        task.broken_lease = task.lease_token
        update(task, "broken_lease")
        tell(
            "task.glass_broken",
            task,
            by=by,
            now=now,
            data={"reason": emergency.reason, "holder": emergency.taken_from},
            also=[f"person:{holder.pk}"] if holder else [],
        )
        _warn(task, emergency, holder, now)
        return task


def emergency_of(task: Task) -> Emergency | None:
    """The emergency in which whoever holds this task took it; None in ordinary times, without a query."""
    return task.emergencies.latest("at", "pk") if task.is_emergency else None


def check_may_decide(
    task: Task, *, by: User, now: datetime, queues: Collection[int] | None = None
) -> Emergency | None:
    """Whether `by`, who holds the task, may decide it: by the ordinary rules, or in the emergency that is answered.

    `queues` are those of `policies.queue_ids(by)`, if they are known. Raises NotAllowed.
    """
    emergency = emergency_of(task)
    if emergency is None:
        policies.check_take(task, by=by, queues=policies.queue_ids(by) if queues is None else queues, now=now)
    else:
        policies.check_break_glass(task, by=by, reason=emergency.reason)
    return emergency


def check_in_emergency(task: Task, action: Chosen) -> None:
    """Whether one person alone may let this happen; nothing at all one always may. Raises Invalid (`verb`)."""
    if not action.name:
        return
    if task.quorum > 1 or words_for(task.proposal, [action.name])[action.name]:
        raise Invalid(
            "verb",
            _(
                "What is critical, cannot be undone or needs two people is not let happen by one, whatever the "
                "emergency. You can reject it."
            ),
        )


def _stop_waiting(task: Task, by: User, now: datetime) -> None:
    questions.end(proposal=task.proposal, ending=Ending.CALLED_OFF, by=by, now=now)
    task.due_at = sla.resume(subject_id=task.proposal_id, now=now) or task.due_at
    task.resume_at = None


def _warn(task: Task, emergency: Emergency, holder: User | None, now: datetime) -> None:
    notify(
        people=({*task.workflow.accountable} | ({holder} if holder else set())) - {emergency.by},
        kind="emergency",
        title=_("{name} decides in an emergency: {summary}").format(
            name=emergency.by.name, summary=short(task.headline)
        ),
        text=_("A task in {queue} was taken outside the ordinary rules. The reason: {reason}").format(
            queue=task.queue.name, reason=emergency.reason
        ),
        link=f"/tasks/{task.pk}/",
        tier=task.tier,
        now=now,
        workflow_id=task.workflow_id,
        proposal_id=task.proposal_id,
    )
