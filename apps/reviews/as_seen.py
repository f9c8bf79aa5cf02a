"""Is the task still as it was on the page of the person who wants to say something about it?"""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.proposals.models import Proposal
from apps.reviews.choosing import Conflict
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus


def check_current(task: Task, by: User, lease_token: UUID, version: int, now: datetime) -> None:
    """Whether `by` holds the locked task as it was seen. Raises Conflict."""
    if task.status in (TaskStatus.DECIDED, TaskStatus.DONE):
        raise Conflict(task, _("Someone has decided this already."))
    if task.status == TaskStatus.CANCELLED:
        raise Conflict(task, _("The proposal ended before you decided."))
    lease_ended = task.lease_expires_at is None or task.lease_expires_at <= now
    if task.claimed_by_id != by.pk or task.lease_token != lease_token or lease_ended:
        raise Conflict(task, _("You do not hold this task any more."))
    if task.version != version:
        raise Conflict(task, _("The task changed since you opened it. Look again before you decide."))


def check_open_to(task: Task, proposal: Proposal, by: User, now: datetime) -> None:
    """What the task's row cannot know: the agent's owner may have changed, the proposal's time may be over.

    Raises NotAllowed, Conflict.
    """
    if proposal.agent.owner_id == by.pk:
        raise NotAllowed(_("You own the agent that proposed this: someone else has to decide."))
    if proposal.expires_at is not None and proposal.expires_at <= now:
        raise Conflict(task, _("The proposal expired before you decided."))
