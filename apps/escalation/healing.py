"""The auditor's hands: mends what has stalled, without a budget; what it cannot mend it takes out of its misery.

Each task in a transaction of its own, locked with SKIP LOCKED: what somebody is working on right now has not stalled.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import actions as audit
from apps.escalation import looking, sweeping
from apps.escalation.arming import arm_again
from apps.escalation.fallback import apply_fallback
from apps.escalation.incidents import open_incident
from apps.escalation.looking import Found
from apps.escalation.models import EscalationRun
from apps.escalation.recipients import Directory
from apps.escalation.states import Ended, Finding, Kind
from apps.reviews import asking, righting, settling
from apps.reviews.models import Task
from apps.reviews.returning import return_lost_claims

log = structlog.get_logger(__name__)


def heal(stalled: Iterable[Found], *, now: datetime) -> None:
    """Mend each in the way its finding asks for. What failed shows when the auditor looks again."""
    by_finding: dict[Finding, list[Found]] = {}
    for found in stalled:
        by_finding.setdefault(found.finding, []).append(found)
    if Finding.UNSETTLED in by_finding:
        settling.settle_due(now=now, limit=10 * len(by_finding[Finding.UNSETTLED]))
    if Finding.LEASE_OVER in by_finding:
        return_lost_claims(now=now, limit=10 * len(by_finding[Finding.LEASE_OVER]))
    if Finding.PAUSED_TOO_LONG in by_finding:
        asking.return_unanswered(now=now, limit=10 * len(by_finding[Finding.PAUSED_TOO_LONG]))
    _each(by_finding.get(Finding.NO_RUN, ()), lambda found: _arm(found.task_id, now))
    directory = Directory(now)
    _each(by_finding.get(Finding.AHEAD, ()), lambda found: _set_right(found.task_id, directory, now))
    late = by_finding.get(Finding.LATE_STEP, ())
    poison = _each(late, lambda found: _step(found.task_id, directory, now))
    # The step itself fails: the next one comes instead.
    _each(poison, lambda found: _pass_over(found.task_id, now))


def force_fallback(task_ids: Collection[UUID], *, now: datetime) -> int:
    """For tasks that could not be mended twice: apply their fallback, and tell the offices. How many."""
    forced = 0
    for task_id in task_ids:
        try:
            with transaction.atomic():
                forced += _force(task_id, now)
        except Exception:
            log.exception("fallback_failed", task=str(task_id))
    return forced


def _each(stalled: Iterable[Found], act: Callable[[Found], None]) -> list[Found]:
    """Let `act` handle each; those it failed on."""
    failed = []
    for found in stalled:
        try:
            with transaction.atomic():
                act(found)
        except Exception:
            log.exception("healing_failed", finding=found.finding.value, task=str(found.task_id))
            failed.append(found)
    return failed


def _arm(task_id: UUID, now: datetime) -> None:
    task = _locked(task_id)
    if task is None or task.escalations.filter(ended_at__isnull=True).exists():
        return
    arm_again(tasks=[task], now=now)
    audit.record(
        verb="task.armed_again",
        now=now,
        subject=("task", task.pk, task.queue.name),
        workflow_id=task.workflow_id,
        proposal_id=task.proposal_id,
    )


def _set_right(task_id: UUID, directory: Directory, now: datetime) -> None:
    """Put right what a clock that was ahead has written, and let the chain speak now: it was silent long enough."""
    task = _locked(task_id)
    if task is None:
        return
    righting.set_right(task_id=task_id, since=now + looking.AHEAD, now=now)
    EscalationRun.objects.live().filter(task_id=task_id).update(due_at=now, next_at=now)
    _step(task_id, directory, now)


def _step(task_id: UUID, directory: Directory, now: datetime) -> None:
    run = sweeping.first_lockable(sweeping.lockable().filter(task_id=task_id, next_at__lte=now))
    if run is not None:
        sweeping.look_at(run, directory=directory, now=now)


def _pass_over(task_id: UUID, now: datetime) -> None:
    run = sweeping.first_lockable(sweeping.lockable().filter(task_id=task_id, next_at__lte=now))
    if run is not None:
        sweeping.pass_over(run, now)


def _force(task_id: UUID, now: datetime) -> bool:
    task = _locked(task_id)
    if task is None:
        return False
    run = task.escalations.filter(ended_at__isnull=True).select_for_update(no_key=True).first()
    text = _("A task in {queue} had stalled and could not be helped; somebody has to look at it.")
    open_incident(
        kind=Kind.NOT_HEALED,
        key=str(task_id),
        text=text.format(queue=task.queue.name),
        now=now,
        workflow_id=task.workflow_id,
        task_id=task_id,
    )
    if run is None or run.fallback_at is not None:
        return False
    if apply_fallback(run=run, task=task, now=now):
        sweeping.end(run, Ended.FALLBACK, now)
    else:
        run.save(update_fields=["fallback_at"])
    return True


def _locked(task_id: UUID) -> Task | None:
    """The task if it is not closed, its row locked; None also while somebody else has it."""
    rows = Task.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return rows.select_related("queue", "workflow", "proposal").filter(pk=task_id, closed_at=None).first()
