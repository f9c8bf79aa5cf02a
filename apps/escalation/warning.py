"""Tells people before a target is missed: once a share, in the transaction that marks it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.accounts.models import User
from apps.accounts.queries import present_or_stand_in
from apps.accounts.rights import people_with
from apps.accounts.roles import Role
from apps.delivery.lines import short
from apps.delivery.notifying import notify
from apps.proposals.models import Proposal
from apps.reviews.models import Task
from apps.reviews.staff import Staff
from apps.sla import actions as sla
from apps.sla.actions import Warned
from apps.sla.states import Target

log = structlog.get_logger(__name__)

_SAYS = {
    Target.CLAIM: _lazy("Nobody has taken this task yet"),
    Target.DECIDE: _lazy("A decision is needed soon"),
    Target.RESULT: _lazy("An agent owes the result of an approved action"),
}
# Before this share of the time to decide there is nothing to hurry for.
_SOON = 75


def warn_due(*, now: datetime, limit: int = 100) -> int:
    """Mark the shares that have been used up and tell whoever can still act. How many targets were marked."""
    with transaction.atomic():
        warned = sla.mark_warnings(now=now, limit=limit)
        tasks = _tasks({one.subject_id for one in warned})
        staff = Staff(now)
        for one in warned:
            try:
                with transaction.atomic():
                    _tell(one, tasks.get(one.subject_id), staff, now)
            except Exception:
                # One that cannot be told must not take the others' warnings with it.
                log.exception("warning_failed", subject=str(one.subject_id), target=one.target)
    return len(warned)


def _tasks(proposal_ids: Iterable[UUID]) -> dict[UUID, Task]:
    tasks = Task.objects.filter(proposal_id__in=list(proposal_ids))
    return {
        task.proposal_id: task
        for task in tasks.select_related("proposal", "queue", "claimed_by", "workflow__technical_owner")
    }


def _tell(one: Warned, task: Task | None, staff: Staff, now: datetime) -> None:
    if task is None:
        return
    target = Target(one.target)
    text = _("{summary}\n\nIn {queue}: {share} % of the time is used; it is due {due:%d %B %H:%M} (UTC).")
    notify(
        people=_people(target, task, staff, now),
        kind="warning",
        title=f"{_says(target, one.share)}: {short(task.headline)}",
        text=text.format(summary=task.headline, queue=task.queue.name, share=one.share, due=one.due_at),
        link=link_of(task.proposal if target is Target.RESULT else task),
        tier=one.tier,
        now=now,
        workflow_id=one.workflow_id,
        proposal_id=one.subject_id,
        replaces=True,
    )


def _says(target: Target, share: int) -> Promise | str:
    if target is Target.DECIDE and share < _SOON:
        return _("Half the time is used")
    return _SAYS[target]


def _people(target: Target, task: Task, staff: Staff, now: datetime) -> list[User]:
    """Who can still keep the target: the owner of the technology for a result, the holder, else all who may take it.

    Where nobody is left who may, the queue's leads: they can bring somebody in.
    """
    if target is Target.RESULT:
        return present_or_stand_in([task.workflow.technical_owner], now)
    if task.claimed_by is not None:
        return [task.claimed_by]
    return staff.eligible(task) or present_or_stand_in(people_with([Role.LEAD], task.queue), now)


def link_of(page: Task | Proposal) -> str:
    """The path of the page that shows it."""
    return f"/tasks/{page.pk}/" if isinstance(page, Task) else f"/proposals/{page.pk}/"
