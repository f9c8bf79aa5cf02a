"""Between a stored cycle and the figures `history` derives: the columns are the same, the types are not."""

from datetime import UTC, datetime

from apps.sla.history import Figures
from apps.sla.known_versions import calendar_version, policy_version, terms_of
from apps.sla.models import ClockCycle
from apps.sla.reckoning import Pause
from apps.sla.states import CycleStatus

# Every column that follows from the events.
DERIVED = (
    "status",
    "started_at",
    "due_at",
    "next_warning_at",
    "warned",
    "paused_at",
    "resume_at",
    "pauses",
    "met_at",
    "breached_at",
    "cancelled_at",
    "elapsed",
)


def figures_of(cycle: ClockCycle) -> Figures:
    """The figures as they are stored."""
    terms = terms_of(
        policy_version(cycle.policy_version_id), calendar_version(cycle.calendar_version_id), cycle.target
    )
    return Figures(
        terms=terms,
        status=CycleStatus(cycle.status),
        started_at=cycle.started_at,
        due_at=cycle.due_at,
        next_warning_at=cycle.next_warning_at,
        warned=tuple(cycle.warned),
        paused_at=cycle.paused_at,
        resume_at=cycle.resume_at,
        pauses=tuple(Pause(*map(datetime.fromisoformat, pair)) for pair in cycle.pauses),
        met_at=cycle.met_at,
        breached_at=cycle.breached_at,
        cancelled_at=cycle.cancelled_at,
        elapsed=cycle.elapsed,
    )


def take(cycle: ClockCycle, figures: Figures) -> None:
    """Give an instance the derived columns; saving it is the caller's."""
    cycle.target_text = str(figures.terms.duration)
    cycle.status = figures.status
    cycle.started_at = figures.started_at
    cycle.due_at = figures.due_at
    cycle.next_warning_at = figures.next_warning_at
    cycle.warned = list(figures.warned)
    cycle.paused_at = figures.paused_at
    cycle.resume_at = figures.resume_at
    cycle.pauses = [[moment.astimezone(UTC).isoformat() for moment in pause] for pause in figures.pauses]
    cycle.met_at = figures.met_at
    cycle.breached_at = figures.breached_at
    cycle.cancelled_at = figures.cancelled_at
    cycle.elapsed = figures.elapsed
