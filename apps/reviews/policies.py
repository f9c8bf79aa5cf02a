"""Who may do what with a task. `check_` raises NotAllowed with a sentence; `allows(check_…, …)` and `why_not` only ask.

The same sentence is the error and the button's explanation. Whether the task's state allows a move is in `states`.
"""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import Absence, User
from apps.accounts.policies import NotAllowed, allows, reads_everything
from apps.accounts.roles import Role
from apps.audit.reading import Reading
from apps.proposals.models import Proposal
from apps.registry.models import Workflow
from apps.registry.states import Stage
from apps.registry.visibility import check_see_workflow, visible_workflows
from apps.reviews.models import BlindPick, GoldAnswer, GoldCase, GoldDispute, Queue, Task
from apps.reviews.states import MOVES, TaskStatus

_ABSENCES = Reading(Absence)

DECIDING_ROLES = (Role.REVIEWER, Role.LEAD)


def queue_ids(user: User) -> set[int]:
    """Ids of the queues whose tasks this person may decide."""
    return rights.ids_with(user, DECIDING_ROLES, Queue)


def led_queue_ids(user: User) -> set[int]:
    """Ids of the queues this person leads."""
    return rights.ids_with(user, [Role.LEAD], Queue)


def visible_queue_ids(user: User) -> set[int]:
    """Ids of the queues this person may look into: their own, and every one for the reading offices."""
    if reads_everything(user):
        return set(Queue.objects.values_list("pk", flat=True))
    return queue_ids(user)


def check_see_queue(queue: Queue, *, by: User) -> None:
    """Whether `by` may look into this queue."""
    if queue.pk not in queue_ids(by) and not reads_everything(by):
        raise NotAllowed(_("You are not part of this queue."))


def check_fits(task: Task, *, by: User, queues: Collection[int], led: Collection[int] | None = None) -> None:
    """Whether this task is one for `by`, here or away. `queues` are those of `queue_ids(by)`, `led` those of
    `led_queue_ids(by)`: without it one query, and only for a person who skipped the task.
    """
    if task.in_queues.isdisjoint(queues):
        raise NotAllowed(_("You are not a reviewer of this queue."))
    if task.agent_owner_id == by.pk:
        raise NotAllowed(_("You own the agent that proposed this: someone else has to decide."))
    if by.pk in task.deciders:
        raise NotAllowed(_("You have decided on this proposal before: another person has to."))
    if task.deciders and task.second_queue_id is not None and task.second_queue_id not in queues:
        raise NotAllowed(_("The second who agrees has to be of another queue."))
    if by.pk in task.excluded:
        raise NotAllowed(_("This task is for somebody else."))
    if by.pk in task.skipped_by and task.in_queues.isdisjoint(led_queue_ids(by) if led is None else led):
        # A lead answers for the queue: what everybody skipped must be somebody's.
        raise NotAllowed(_("You skipped this task: it goes to others."))


def check_take(task: Task, *, by: User, queues: Collection[int], now: datetime) -> None:
    """Whether `by` is a person this task may go to now."""
    check_fits(task, by=by, queues=queues)
    if is_absent(by, now):
        raise NotAllowed(_("You are marked as away. End your absence to take work."))


def check_break_glass(task: Task, *, by: User, reason: str) -> None:
    """In an emergency an admin decides outside queue, claim and absence; never on one's own agent's proposal, a second
    time, or a case one knows, and never without the reason.
    """
    if not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only an admin may decide outside the rules, in an emergency."))
    if by.pk in (task.agent_owner_id, task.proposal.agent.owner_id):
        raise NotAllowed(_("You own the agent that proposed this: someone else has to decide."))
    if by.pk in task.deciders:
        raise NotAllowed(_("You have decided on this proposal before: another person has to."))
    if by.pk in task.excluded:
        raise NotAllowed(_("This task is for somebody else."))
    if not reason.strip():
        raise NotAllowed(_("Say what the emergency is: it is kept with the decision."))


def check_held(task: Task, *, by: User) -> None:
    """Whether `by` holds the claim on this task."""
    if task.status != TaskStatus.CLAIMED or task.claimed_by_id != by.pk:
        raise NotAllowed(_("You do not hold this task."))


def check_take_away(task: Task, *, by: User) -> None:
    """Whether `by`, who does not hold the task, may return it to its queue."""
    if task.in_queues.isdisjoint(led_queue_ids(by)):
        raise NotAllowed(_("Only the holder or a lead of the queue may return this task."))


def check_move(task: Task, *, by: User) -> None:
    """Leads of the task's queues and admins widen it, move it elsewhere, raise it or ask for a second person."""
    if task.in_queues.isdisjoint(led_queue_ids(by)) and not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only a lead of the queue or an admin may move this task."))


def check_hurry(task: Task, *, by: User) -> None:
    """Whoever may decide tasks of its queues may call for help, also with a task they cannot decide themselves."""
    if task.in_queues.isdisjoint(queue_ids(by)):
        raise NotAllowed(_("You are not a reviewer of this queue."))


def check_call_off(task: Task, *, asked_by: int, by: User) -> None:
    """Whether `by` may stop waiting for the agent's answer to a question of the person with the id `asked_by`."""
    if by.pk != asked_by and task.in_queues.isdisjoint(led_queue_ids(by)):
        raise NotAllowed(_("Only the person who asked or a lead of the queue may stop waiting."))


def check_see(task: Task, *, by: User, queues: Collection[int] | None = None) -> None:
    """Reviewers of its queues, and whoever may read what happens in the workflow. `queues`: those of `by`, if known."""
    if (
        task.in_queues.isdisjoint(queue_ids(by) if queues is None else queues)
        and not visible_workflows(by).filter(pk=task.workflow_id).exists()
    ):
        raise NotAllowed(_("This task is in a queue you are not part of."))


def check_see_proposal(proposal: Proposal, task: Task | None, *, by: User) -> None:
    """Whoever may see its task; without a task (shadow) whoever may read what happens in the workflow."""
    if task is not None:
        check_see(task, by=by)
    else:
        check_see_workflow(proposal.workflow, by=by)


def check_would_have(proposal: Proposal, *, by: User) -> None:
    """The workflow's reviewers may say what they would have done about what was only recorded."""
    if proposal.stage != Stage.SHADOW:
        raise NotAllowed(_("Only about shadow proposals one says what one would have done."))
    if proposal.erased_at is not None:
        raise NotAllowed(_("The contents of this proposal were erased: there is nothing left to compare."))
    if proposal.agent.owner_id == by.pk:
        raise NotAllowed(_("You own the agent that proposed this: someone else has to say."))
    if not by.groups.filter(pk=proposal.workflow.reviewers_id).exists():
        raise NotAllowed(_("Only the reviewers of this workflow say what they would have done."))


def check_uncover(proposal: Proposal, *, by: User) -> None:
    """Whether `by`, who may see the proposal, may also see its sensitive values."""
    if proposal.workflow_id not in rights.ids_with(by, [Role.PRIVACY_READER], Workflow):
        raise NotAllowed(_("Hidden values of this workflow are shown to people with a right to them."))


def check_see_votes(task: Task, *, by: User, queues: Collection[int]) -> None:
    """Until the second of several people has decided, nobody who could be that one learns of the first decision."""
    is_waiting = task.status in MOVES["cancel"].before
    # One whose undo window is open may still replace the own decision by what could be read here.
    can_undo = task.status == TaskStatus.DECIDED and task.claimed_by_id == by.pk
    final = len(task.deciders) - (task.status == TaskStatus.DECIDED)
    could_be_second = can_undo or allows(check_fits, task, by=by, queues=queues)
    if is_waiting and task.quorum > 1 and final < 2 and could_be_second:
        raise NotAllowed(_("You decide without knowing what others decided."))


def pick_of(task: Task, by: User) -> BlindPick | None:
    """What `by` said they would do before they saw what the agent proposed. One query, none where nobody is asked."""
    return BlindPick.objects.filter(task=task, by=by).first() if task.is_blind_first else None


def check_picked(task: Task, *, by: User) -> BlindPick | None:
    """Whether `by` may decide already: where the task asks for it, they have said first what they would do; that.

    Not in an emergency: who breaks the glass may have read what the agent proposed.
    """
    if task.is_emergency:
        return None
    picked = pick_of(task, by)
    if task.is_blind_first and picked is None:
        raise NotAllowed(_("Say first what you would do yourself: the agent's choice is shown after that."))
    return picked


def check_see_choice(task: Task, *, by: User, queues: Collection[int]) -> None:
    """Where a task asks for it, nobody who could still decide it learns what the agent proposed before they picked."""
    broke_glass = task.is_emergency and task.claimed_by_id == by.pk
    if not task.is_covered or by.pk in task.deciders or broke_glass:
        return
    if allows(check_fits, task, by=by, queues=queues) and pick_of(task, by) is None:
        raise NotAllowed(_("Say first what you would do yourself: the agent's choice is shown after that."))


def check_adjudicate(proposal: Proposal, task: Task | None, *, by: User) -> None:
    """Leads of its queue, the workflow's governance lead and governance say what is right; never the agent's owner, and
    never about what was erased.
    """
    if proposal.erased_at is not None:
        raise NotAllowed(
            _("The contents of this proposal were erased: nobody can say any more what was right.")
        )
    if proposal.agent.owner_id == by.pk:
        raise NotAllowed(_("You own the agent that proposed this: somebody else has to say what is right."))
    is_lead = task is not None and not task.in_queues.isdisjoint(led_queue_ids(by))
    is_governance = proposal.workflow.governance_lead_id == by.pk or rights.holds_everywhere(
        by, Role.GOVERNANCE
    )
    if not is_lead and not is_governance:
        raise NotAllowed(_("Only a lead of its queue or governance may say what is right in a case."))


def check_dispute(answer: GoldAnswer, *, by: User) -> None:
    """The person who gave the answer, and nobody for them."""
    if answer.by_id != by.pk:
        raise NotAllowed(_("Only the person who was shown the case may dispute it."))


def check_rule(dispute: GoldDispute, case: GoldCase, *, by: User) -> None:
    """Whoever may adjudicate, but not the person who disputes."""
    if dispute.answer.by_id == by.pk:
        raise NotAllowed(_("You dispute it: somebody else has to rule on it."))
    check_adjudicate(case.proposal, dispute.answer.decision.task, by=by)


def check_see_checks(queue: Queue, *, by: User, led: Collection[int] | None = None) -> None:
    """Leads of the queue, admins and governance read how its reviewers did; each person reads their own.

    `led` are the queues of `led_queue_ids(by)`, if they are known.
    """
    led = led_queue_ids(by) if led is None else led
    if queue.pk not in led and not rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE):
        raise NotAllowed(_("Only leads of this queue, admins and governance see how its reviewers did."))


def check_set_checks(*, by: User | None) -> None:
    """Admins and governance say how reviewers are checked, not the people who are. Nobody: the operator."""
    if by is not None and not rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE):
        raise NotAllowed(_("Only an admin or governance may change how reviewers are checked."))


def is_absent(user: User, now: datetime) -> bool:
    """Whether an absence of this person covers `now`."""
    return (
        _ABSENCES.first(
            "WHERE user_id = %s AND starts_at <= %s AND ends_at > %s LIMIT 1", [user.pk, now, now]
        )
        is not None
    )
