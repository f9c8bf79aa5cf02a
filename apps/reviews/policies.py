"""Who may do what with a task. Each rule is a pair: `check_` raises NotAllowed with a sentence, `can_` answers.

The same sentence is the error and the button's explanation. Whether the task's state allows a move is in `states`.
"""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import Absence, User
from apps.accounts.policies import NotAllowed, allows
from apps.accounts.roles import Role
from apps.proposals.models import Proposal
from apps.registry.visibility import READING_OFFICES, check_see_workflow, visible_workflows
from apps.reviews.models import Queue, Task
from apps.reviews.states import MOVES, TaskStatus

DECIDING_ROLES = (Role.REVIEWER, Role.LEAD)


def queue_ids(user: User) -> set[int]:
    """Ids of the queues whose tasks this person may decide."""
    return rights.ids_with(user, DECIDING_ROLES, Queue)


def led_queue_ids(user: User) -> set[int]:
    """Ids of the queues this person leads."""
    return rights.ids_with(user, [Role.LEAD], Queue)


def visible_queue_ids(user: User) -> set[int]:
    """Ids of the queues this person may look into: their own, and every one for the reading offices."""
    if rights.holds_everywhere(user, *READING_OFFICES):
        return set(Queue.objects.values_list("pk", flat=True))
    return queue_ids(user)


def check_see_queue(queue: Queue, *, by: User) -> None:
    """Whether `by` may look into this queue."""
    if queue.pk not in queue_ids(by) and not rights.holds_everywhere(by, *READING_OFFICES):
        raise NotAllowed(_("You are not part of this queue."))


def check_fits(task: Task, *, by: User, queues: Collection[int]) -> None:
    """Whether this task is one for `by`, here or away. No query; `queues` are those of `queue_ids(by)`."""
    if task.queue_id not in queues:
        raise NotAllowed(_("You are not a reviewer of this queue."))
    if task.agent_owner_id == by.pk:
        raise NotAllowed(_("You own the agent that proposed this: someone else has to decide."))
    if by.pk in task.deciders:
        raise NotAllowed(_("You have decided on this proposal before: another person has to."))
    if by.pk in task.skipped_by:
        raise NotAllowed(_("You skipped this task: it goes to others."))


def check_take(task: Task, *, by: User, queues: Collection[int], now: datetime) -> None:
    """Whether `by` is a person this task may go to now."""
    check_fits(task, by=by, queues=queues)
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
    """Reviewers of the queue, and whoever may read what happens in the workflow."""
    if task.queue_id not in queue_ids(by) and not visible_workflows(by).filter(pk=task.workflow_id).exists():
        raise NotAllowed(_("This task is in a queue you are not part of."))


def check_see_proposal(proposal: Proposal, task: Task | None, *, by: User) -> None:
    """Whoever may see its task; without a task (shadow) whoever may read what happens in the workflow."""
    if task is not None:
        check_see(task, by=by)
    else:
        check_see_workflow(proposal.workflow, by=by)


def check_see_votes(task: Task, *, by: User, queues: Collection[int]) -> None:
    """Until the second of several people has decided, nobody who could be that one learns of the first decision."""
    is_waiting = task.status in MOVES["cancel"].before
    # One whose undo window is open may still replace the own decision by what could be read here.
    can_undo = task.status == TaskStatus.DECIDED and task.claimed_by_id == by.pk
    final = len(task.deciders) - (task.status == TaskStatus.DECIDED)
    could_be_second = can_undo or allows(check_fits, task, by=by, queues=queues)
    if is_waiting and task.quorum > 1 and final < 2 and could_be_second:
        raise NotAllowed(_("You decide without knowing what others decided."))


def is_absent(user: User, now: datetime) -> bool:
    """Whether an absence of this person covers `now`."""
    return Absence.objects.filter(user=user, starts_at__lte=now, ends_at__gt=now).exists()
