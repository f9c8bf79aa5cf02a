"""Who may do what with a task. Each rule is a pair: `check_` raises NotAllowed with a sentence, `can_` answers.

The same sentence is the error and the button's explanation. Whether the task's state allows a move is in `states`.
"""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import Absence, User
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.reviews.models import Queue, Task
from apps.reviews.states import TaskStatus

DECIDING_ROLES = (Role.REVIEWER, Role.LEAD)
READING_OFFICES = (Role.ADMIN, Role.GOVERNANCE, Role.AUDITOR)


def queue_ids(user: User) -> set[int]:
    """Ids of the queues whose tasks this person may decide."""
    return rights.ids_with(user, DECIDING_ROLES, Queue)


def led_queue_ids(user: User) -> set[int]:
    """Ids of the queues this person leads."""
    return rights.ids_with(user, [Role.LEAD], Queue)


def check_take(task: Task, *, by: User, queues: Collection[int], now: datetime) -> None:
    """Whether `by` is a person this task may go to; `queues` are those of `queue_ids(by)`."""
    if task.queue_id not in queues:
        raise NotAllowed(_("You are not a reviewer of this queue."))
    if task.agent_owner_id == by.pk:
        raise NotAllowed(_("You own the agent that proposed this: someone else has to decide."))
    if by.pk in task.deciders:
        raise NotAllowed(_("You have decided on this proposal before: another person has to."))
    if by.pk in task.skipped_by:
        raise NotAllowed(_("You skipped this task: it goes to others."))
    if is_absent(by, now):
        raise NotAllowed(_("You are marked as away. End your absence to take work."))


def check_held(task: Task, *, by: User) -> None:
    """Whether `by` holds the claim on this task."""
    if task.status != TaskStatus.CLAIMED or task.claimed_by_id != by.pk:
        raise NotAllowed(_("You do not hold this task."))


def check_take_away(task: Task, *, by: User) -> None:
    """Whether `by`, who does not hold the task, may return it to its queue."""
    if task.queue_id not in led_queue_ids(by):
        raise NotAllowed(_("Only the holder or a lead of the queue may return this task."))


def check_see(task: Task, *, by: User) -> None:
    """Reviewers of the queue, the workflow's named people and benefit owners, admin, governance and auditors."""
    workflow = task.workflow
    named = {
        workflow.business_owner_id,
        workflow.process_owner_id,
        workflow.technical_owner_id,
        workflow.governance_lead_id,
    }
    if (
        by.pk in named
        or task.queue_id in queue_ids(by)
        or rights.holds_everywhere(by, *READING_OFFICES)
        or rights.holds(by, Role.BENEFIT_OWNER, workflow)
    ):
        return
    raise NotAllowed(_("This task is in a queue you are not part of."))


def is_absent(user: User, now: datetime) -> bool:
    """Whether an absence of this person covers `now`."""
    return Absence.objects.filter(user=user, starts_at__lte=now, ends_at__gt=now).exists()
