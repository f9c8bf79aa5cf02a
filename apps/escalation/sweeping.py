"""Looks at the runs whose moment has come and takes their steps.

A few runs share a transaction, because locking, writing and committing together costs a fraction. When one of them
fails, nothing of its batch has happened, and from there on each run has a transaction of its own. Any number of
sweepers may run: a run and its task are locked together with SKIP LOCKED, and a step is written down under a unique
key in the transaction that does it, so it happens once or not at all.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import QuerySet

from apps.audit.insertion import insert_at_end
from apps.audit.sweeping import sweep
from apps.audit.turns import together
from apps.audit.updating import update
from apps.escalation import stepping
from apps.escalation.clocks import DecideClock, decide_clock
from apps.escalation.models import EscalationRun, StepExecution
from apps.escalation.recipients import Directory
from apps.escalation.states import Because, Do, Ended, Outcome, Waiting
from apps.escalation.stepping import Did, Turn
from apps.escalation.steps import Step, Unreadable
from apps.escalation.timing import (
    End,
    Fire,
    Hold,
    Position,
    Seen,
    Wait,
    following,
    look,
    moments,
    telling,
)
from apps.reviews.hurrying import answer_hurry
from apps.reviews.locking import complete
from apps.reviews.states import TaskStatus
from apps.routing.states import Fallback
from apps.sla.queries import decide_cycles

log = structlog.get_logger(__name__)

# Runs in one transaction: few enough that nobody waits long for a task it holds.
_BATCH = 50

# What a step may change of the task it looks at.
_MOVED_BY_STEPS = (
    *("status", "queue", "also_in", "tier", "quorum", "due_at", "version", "hurried_at"),
    *("claimed_by", "lease_expires_at", "resume_at"),
)

_Steps = Sequence[Step | Unreadable]


def run_due(*, now: datetime, limit: int = 500) -> int:
    """Look at up to `limit` due or hurried runs. How many were looked at or ended."""
    ended = end_closed(now=now)
    directory = Directory(now)
    act = partial(look_at, directory=directory, now=now)
    hurried = sweep(next_due=_hurried(), act=act, limit=limit)
    looked = 0
    while looked < limit:
        size = min(_BATCH, limit - looked)
        try:
            done = _look_at_batch(directory, now, size)
        except Exception:
            log.exception("batch_failed", table="escalation_escalationrun")
            return ended + hurried + looked + sweep(next_due=_due(now), act=act, limit=limit - looked)
        looked += done
        if done < size:
            break
    return ended + hurried + looked


def _look_at_batch(directory: Directory, now: datetime, size: int) -> int:
    """Look at up to `size` due runs in one transaction. How many there were."""
    with transaction.atomic(), together():
        runs = list(lockable().due(now)[:size])
        if not runs:
            return 0
        complete([run.task for run in runs])
        cycles = decide_cycles([run.task.proposal_id for run in runs])
        # A fallback that rejects locks its slice: everybody takes several slices in the same order.
        for run in sorted(runs, key=lambda run: run.task.proposal.slice_id):
            cycle = cycles.get(run.task.proposal_id)
            _look(run, DecideClock(cycle) if cycle is not None else None, directory, now)
    return len(runs)


# Most tasks are decided before their first step: their runs end without a transaction each.
_END_CLOSED = """
    WITH closed AS (
        SELECT run.id, task.status
          FROM escalation_escalationrun run JOIN reviews_task task ON task.id = run.task_id
         WHERE run.ended_at IS NULL AND run.next_at <= %(now)s AND task.closed_at IS NOT NULL
         ORDER BY run.next_at LIMIT %(limit)s
           FOR NO KEY UPDATE OF run SKIP LOCKED
    )
    UPDATE escalation_escalationrun run
       SET ended_at = %(now)s, next_at = NULL, waiting = '',
           ended_because = CASE closed.status WHEN 'done' THEN 'decided' ELSE 'cancelled' END
      FROM closed WHERE run.id = closed.id
"""


def end_closed(*, now: datetime, limit: int = 1000) -> int:
    """End the due runs of tasks that are closed, in one statement. How many."""
    with connection.cursor() as cursor:
        cursor.execute(_END_CLOSED, {"now": now, "limit": limit})
        return cursor.rowcount


def lockable() -> Any:
    """Live runs with task and proposal, all locked when read; those of which any is locked by others are left out.

    What is registered of the task is not loaded: `first_lockable` does that.
    """
    return (
        EscalationRun.objects.live()
        .select_for_update(skip_locked=True, of=("self", "task", "task__proposal"), no_key=True)
        .select_related("task__queue", "task__proposal", "chain_version__chain")
    )


def first_lockable(runs: Any) -> EscalationRun | None:
    """The first of these `lockable` runs, complete."""
    run: EscalationRun | None = runs.first()
    if run is not None:
        complete([run.task])
    return run


def _due(now: datetime) -> Callable[[Collection[Any]], EscalationRun | None]:
    due = lockable().due(now)
    return lambda failed: first_lockable(due.exclude(pk__in=failed) if failed else due)


def _hurried() -> Callable[[Collection[Any]], EscalationRun | None]:
    """Runs of tasks somebody asked to move on, each once a sweep: one that is held stays hurried."""
    seen: list[int] = []

    def next_due(failed: Collection[Any]) -> EscalationRun | None:
        rows: QuerySet[EscalationRun] = lockable().filter(
            task__hurried_at__isnull=False, task__closed_at__isnull=True
        )
        run = first_lockable(rows.exclude(pk__in=[*failed, *seen]).order_by("task__hurried_at"))
        if run is not None:
            seen.append(run.pk)
        return run

    return next_due


def look_at(run: EscalationRun, *, directory: Directory, now: datetime) -> None:
    """Do what this locked run does now: fire, hold, wait or end."""
    with together():
        _look(run, decide_clock(run.task.proposal_id), directory, now)


def _look(run: EscalationRun, clock: DecideClock | None, directory: Directory, now: datetime) -> None:
    """Look at it until none of its steps is due: several are after an outage, or when they share a moment."""
    while _look_once(run, clock, directory, now):
        run.task.refresh_from_db(fields=_MOVED_BY_STEPS)


def _look_once(run: EscalationRun, clock: DecideClock | None, directory: Directory, now: datetime) -> bool:
    """Do one thing. Whether it was a due step, and the next one is due as well."""
    steps = run.chain_version.read()
    if clock is None:
        # A task without a decide target still has a chain: everything counts as due when it was opened.
        planned, target_at = [run.started_at] * len(steps), run.started_at
    else:
        planned, target_at = moments(steps, clock), clock.due_at
    at = _position(run, len(steps))
    is_early = _ends_early(run, steps[at.step], planned[at.step], now)
    found = look(at, planned, telling(steps), target_at, _seen(run, may_hurry=not is_early), now)
    if isinstance(found, Fire):
        fire(run, steps, planned, found, directory, now)
        return found.because is Because.DUE and run.next_at is not None and run.next_at <= now
    if isinstance(found, End):
        end(run, found.because, now)
    else:
        _postpone(run, found, planned, now)
    return False


def _position(run: EscalationRun, count: int) -> Position:
    return Position(min(run.step, count - 1), run.loop, run.due_at, held=run.waiting == Waiting.CLAIM)


def _ends_early(run: EscalationRun, step: Step | Unreadable, planned_at: datetime, now: datetime) -> bool:
    """A fallback that rejects says that nobody decided in time: neither haste nor empty steps bring it forward."""
    is_fallback = isinstance(step, Step) and step.do is Do.FALLBACK
    return is_fallback and run.fallback == Fallback.REJECT and now < planned_at


def _seen(run: EscalationRun, *, may_hurry: bool) -> Seen:
    task = run.task
    status = TaskStatus(task.status)
    asked_until = task.resume_at if status is TaskStatus.ASKED else None
    return Seen(
        status=status,
        lease_ends_at=task.lease_expires_at if status is TaskStatus.CLAIMED else None,
        asked_until=asked_until,
        hurried=may_hurry and task.hurried_at is not None,
        wavered=status is TaskStatus.DECIDED and task.decisions.filter(undone_at__isnull=False).exists(),
    )


def fire(
    run: EscalationRun,
    steps: _Steps,
    planned: Sequence[datetime],
    found: Fire,
    directory: Directory,
    now: datetime,
) -> None:
    """Take the step, and the ones after it as long as nobody is reached; then say when the next one comes."""
    for index in found.skipped:
        _write(run, steps, index, 0, Did(Outcome.SKIPPED), found.because, planned[index], now)
    while True:
        planned_at = planned[found.step] if found.loop == 0 else run.due_at
        turn = Turn(run, run.task, found.step, found.loop, len(steps), directory, now)
        did = stepping.take(steps[found.step], turn)
        _write(run, steps, found.step, found.loop, did, found.because, planned_at, now)
        if did.ended or not did.passes_on or turn.is_last:
            break
        following_at = found.step + 1
        if _ends_early(run, steps[following_at], planned[following_at], now):
            break
        found = Fire(following_at, 0, Because.PASSED_ON)
    if run.task.hurried_at is not None:
        answer_hurry(task_id=run.task_id)
    if did.ended:
        end(run, Ended.FALLBACK, now)
    else:
        _advance(run, following(found, planned, now))


def pass_over(run: EscalationRun, now: datetime) -> None:
    """For the auditor: write the run's next step down as failed, and let the one after it come now."""
    steps = run.chain_version.read()
    at = _position(run, len(steps))
    _write(run, steps, at.step, at.loop, Did(Outcome.FAILED), Because.AUDIT, run.due_at, now)
    answer_hurry(task_id=run.task_id)
    fired = Fire(at.step, at.loop, Because.AUDIT)
    _advance(run, following(fired, [now] * len(steps), now))


def end(run: EscalationRun, because: Ended, now: datetime) -> None:
    """Nobody has to be told any more."""
    run.ended_at, run.ended_because, run.next_at, run.waiting = now, because, None, Waiting.NOTHING
    update(run, "ended_at", "ended_because", "next_at", "waiting", "fallback_at")


def _advance(run: EscalationRun, to: Position) -> None:
    run.step, run.loop, run.due_at, run.next_at = to.step, to.loop, to.due_at, to.due_at
    run.waiting = Waiting.NOTHING
    update(run, "step", "loop", "due_at", "next_at", "waiting", "fallback_at")


def _postpone(run: EscalationRun, found: Hold | Wait, planned: Sequence[datetime], now: datetime) -> None:
    run.next_at = found.until
    run.waiting = found.waiting if isinstance(found, Hold) else Waiting.NOTHING
    if run.loop == 0:
        run.due_at = planned[min(run.step, len(planned) - 1)]
    update(run, "next_at", "due_at", "waiting")


def _write(
    run: EscalationRun,
    steps: _Steps,
    index: int,
    loop: int,
    did: Did,
    because: Because,
    planned_at: datetime,
    now: datetime,
) -> None:
    step = steps[index]
    execution = StepExecution(
        run=run,
        loop=loop,
        step=index,
        do=step.do if isinstance(step, Step) else "",
        outcome=did.outcome,
        because=because,
        planned_at=planned_at,
        at=now,
        told=[name[:200] for name in did.told],
        notices=did.notices,
    )
    insert_at_end([execution])
