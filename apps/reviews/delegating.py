"""Hands a task from the person who holds it to a named other one, with a note why.

Only somebody who could have claimed it themselves can be given it: here, with room in their hands, not the agent's
owner, no earlier decider. The clocks go on; the lease begins anew for whoever holds it now.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import allows
from apps.audit.turns import together
from apps.audit.updating import update
from apps.delivery.lines import short
from apps.delivery.notifying import notify
from apps.reviews import policies
from apps.reviews.choosing import Invalid
from apps.reviews.holding import check_lease, has_room
from apps.reviews.keeping import check_may_pass
from apps.reviews.locking import locked
from apps.reviews.models import Task
from apps.reviews.telling import tell

LONGEST = 1000


def delegate(*, task_id: UUID, to: User, by: User, note: str, lease_token: UUID, now: datetime) -> Task:
    """Put the task `by` holds into the hands of `to`, who is told.

    Raises Conflict (not held any more) or Invalid at `to` or `note`.
    """
    note = note.strip()
    if not note:
        raise Invalid("note", _("Say why you hand it over: the next person will see it."))
    if len(note) > LONGEST:
        raise Invalid("note", _("A note has at most {most} characters.").format(most=LONGEST))
    with transaction.atomic(), together():
        task = locked(task_id)
        check_lease(task, by=by, lease_token=lease_token, now=now)
        check_may_pass(task, by=by, field="to")
        _check_can_have(to, task, by, now)
        task.claimed_by, task.claimed_at = to, now
        task.lease_token = uuid4()
        task.lease_expires_at = now + timedelta(seconds=task.queue.lease_seconds)
        task.active_ms = task.opened = None
        task.version += 1
        update(
            task,
            *("claimed_by", "claimed_at", "lease_token", "lease_expires_at"),
            *("active_ms", "opened", "version"),
        )
        tell(
            "task.delegated",
            task,
            by=by,
            now=now,
            data={"to": to.name, "reason": note},
            also=[f"person:{by.pk}"],
        )
        _tell(task, to, by, note, now)
        return task


def _check_can_have(to: User, task: Task, by: User, now: datetime) -> None:
    """Their row is locked after the task, as by claiming a named one."""
    if to.pk == by.pk:
        raise Invalid("to", _("You hold it already: choose somebody else."))
    queues = policies.queue_ids(to)
    is_owner = task.proposal.agent.owner_id == to.pk
    if not to.is_active or is_owner or not allows(policies.check_take, task, by=to, queues=queues, now=now):
        raise Invalid(
            "to", _("{name} cannot decide this task now: choose somebody else.").format(name=to.name)
        )
    if not has_room(to):
        raise Invalid(
            "to", _("The hands of {name} are full: choose somebody else, or wait.").format(name=to.name)
        )


def _tell(task: Task, to: User, by: User, note: str, now: datetime) -> None:
    notify(
        people=[to],
        kind="delegated",
        title=_("{name} handed you: {summary}").format(name=by.name, summary=short(task.headline)),
        text="\n\n".join(filter(None, [_("In {queue}.").format(queue=task.queue.name), note])),
        link=f"/tasks/{task.pk}/",
        tier=task.tier,
        now=now,
        workflow_id=task.workflow_id,
        proposal_id=task.proposal_id,
    )
