"""Writes what became of cycles: their derived columns, and a line each in their log. Wants them locked."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from apps.audit.insertion import insert_at_end
from apps.audit.updating import update
from apps.sla.cycle_figures import DERIVED
from apps.sla.models import ClockCycle, ClockEvent
from apps.sla.states import EventKind


def save_columns(cycles: Sequence[ClockCycle], columns: Iterable[str] = DERIVED) -> None:
    """Store these columns of each, in one statement."""
    if len(cycles) == 1:
        update(cycles[0], *columns)
    elif cycles:
        ClockCycle.objects.bulk_update(cycles, list(columns))


def write_events(cycles: Sequence[ClockCycle], kind: EventKind, now: datetime, **figures: datetime) -> None:
    """Write that this happened to each."""
    insert_at_end([ClockEvent(cycle=cycle, kind=kind, at=now, **figures) for cycle in cycles])
