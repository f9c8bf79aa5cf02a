"""The decide target of a task as a `timing.Clock`: one that runs or ran, and one that would start."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.sla.durations import Duration
from apps.sla.models import ClockCycle
from apps.sla.queries import decide_cycle, moment_after, moment_of_share
from apps.sla.reckoning import Clock as Reckoning


@dataclass(frozen=True, slots=True)
class DecideClock:
    """Reads one cycle; wants its calendar and policy versions loaded. No query."""

    cycle: ClockCycle

    @property
    def due_at(self) -> datetime:
        return self.cycle.due_at

    def at_share(self, share: float) -> datetime:
        return moment_of_share(self.cycle, share)

    def after(self, duration: Duration) -> datetime:
        return moment_after(self.cycle, duration)


@dataclass(frozen=True, slots=True)
class PlannedClock:
    """A decide target that would start at a moment on a calendar. Every method may raise CalendarError."""

    reckoning: Reckoning
    decide: Duration

    @property
    def due_at(self) -> datetime:
        return self.reckoning.due(self.decide)

    def at_share(self, share: float) -> datetime:
        return self.reckoning.share(self.decide, share)

    def after(self, duration: Duration) -> datetime:
        return self.reckoning.due(duration)


def decide_clock(proposal_id: UUID) -> DecideClock | None:
    """The clock of this proposal's decide target, running or ended; None when it never started. One query."""
    cycle = decide_cycle(proposal_id)
    return DecideClock(cycle) if cycle is not None else None
