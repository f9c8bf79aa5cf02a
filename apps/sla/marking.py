"""Marks what time does to clocks and no person: shares of a target that are used up, and targets that are missed.

A breach, which nobody did, is told to the audit log and the outbox here; a warning by whoever asked for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from apps.audit import actions as audit
from apps.audit.insertion import insert_at_end
from apps.delivery import actions as delivery
from apps.sla.cycle_figures import figures_of, take
from apps.sla.cycle_rows import save_columns, write_events
from apps.sla.history import Happening, after, passed
from apps.sla.models import ClockCycle, ClockEvent
from apps.sla.states import CycleStatus, EventKind

BREACHED_EVENT = "reviewhub.clock.breached.v1"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Warned:
    """A target that has used `share` percent of its time, and is not met."""

    subject_id: UUID
    workflow_id: int
    target: str
    tier: int
    share: int
    due_at: datetime


@transaction.atomic(savepoint=False)
def mark_warnings(*, now: datetime, limit: int = 500) -> list[Warned]:
    """Mark up to `limit` running cycles that have used a share of their time, the oldest first, each share once.

    Of several shares passed since the last sweep only the highest is in the answer. Any number of sweepers may run;
    the rows stay locked until the caller's transaction ends, so what it writes about them is written once.
    """
    due = ClockCycle.objects.to_warn(now).order_by("next_warning_at")
    cycles = list(due.select_for_update(skip_locked=True, no_key=True)[:limit])
    shares = {cycle.pk: _warn(cycle, now) for cycle in cycles}
    marked = [cycle for cycle in cycles if shares[cycle.pk]]
    save_columns(marked, ["warned", "next_warning_at"])
    insert_at_end(
        [
            ClockEvent(cycle=cycle, kind=EventKind.WARNED, at=now, share=share)
            for cycle in marked
            for share in shares[cycle.pk]
        ]
    )
    return [
        Warned(
            subject_id=cycle.subject_id,
            workflow_id=cycle.workflow_id,
            target=cycle.target,
            tier=cycle.tier,
            share=shares[cycle.pk][-1],
            due_at=cycle.due_at,
        )
        for cycle in marked
    ]


@transaction.atomic(savepoint=False)
def mark_breaches(*, now: datetime, limit: int = 500) -> int:
    """Mark up to `limit` running cycles whose due time has passed, the oldest first. How many.

    Any number of sweepers may run: each row goes to one; rows a verb has locked wait for the next sweep.
    """
    overdue = ClockCycle.objects.overdue_unmarked(now).order_by("due_at")
    cycles = list(overdue.select_for_update(skip_locked=True, no_key=True)[:limit])
    if cycles:
        mark_overdue(cycles, now)
    return len(cycles)


def mark_overdue(cycles: Sequence[ClockCycle], now: datetime) -> None:
    """Mark locked, running cycles as breached and tell it, in a handful of statements. Part of a verb."""
    for cycle in cycles:
        cycle.status, cycle.breached_at, cycle.next_warning_at = CycleStatus.BREACHED, now, None
    ClockCycle.objects.filter(pk__in=[cycle.pk for cycle in cycles]).update(
        status=CycleStatus.BREACHED, breached_at=now, next_warning_at=None
    )
    write_events(cycles, EventKind.BREACHED, now)
    audit.record_many(
        audit.event(
            verb="clock.breached",
            now=now,
            subject=("clock_cycle", cycle.pk, f"{cycle.target} {cycle.target_text}"),
            workflow_id=cycle.workflow_id,
            proposal_id=cycle.subject_id,
            data=_facts(cycle),
        )
        for cycle in cycles
    )
    delivery.emit_many(
        delivery.outbox_event(
            type=BREACHED_EVENT,
            subject_id=cycle.subject_id,
            now=now,
            workflow_id=cycle.workflow_id,
            data=_facts(cycle),
        )
        for cycle in cycles
    )


def _warn(cycle: ClockCycle, now: datetime) -> list[int]:
    """Take the shares it has passed into the cycle, ascending. One that cannot be read must not stop the others."""
    try:
        figures = figures_of(cycle)
        shares = passed(figures, now)
        for share in shares:
            figures = after(figures, Happening(EventKind.WARNED, now, share=share))
    except Exception:
        log.exception("row_failed", table="sla_clockcycle", key=str(cycle.pk))
        return []
    take(cycle, figures)
    return shares


def _facts(cycle: ClockCycle) -> dict[str, str]:
    return {"target": cycle.target, "target_text": cycle.target_text, "due_at": cycle.due_at.isoformat()}
