"""What is true of a clock cycle after each thing that happened to it?

The one place that derives a cycle's columns: verbs use it for the next event, `rebuilding` for all of them again,
so that both give the same. Values only. A pause ends at its planned end by itself, whether or not anybody says
so; a breach stays, with the due moment it missed.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from apps.sla.calendars import WorkingCalendar
from apps.sla.durations import Duration
from apps.sla.reckoning import Clock, Pause
from apps.sla.states import LIVE, CycleStatus, EventKind


class WrongCycle(Exception):
    """The cycle is not in a state that allows this; the message says which."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a cycle counts by: the target's duration, the percents to warn at, and the calendar."""

    duration: Duration
    warn_at: tuple[int, ...]
    calendar: WorkingCalendar


@dataclass(frozen=True, slots=True)
class Happening:
    """One event. A pause has `until`, a warning its `share` in percent, a start or retarget its `terms`."""

    kind: EventKind
    at: datetime
    until: datetime | None = None
    share: int | None = None
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that follows from the events so far. `elapsed` is what had counted when the cycle ended."""

    terms: Terms
    status: CycleStatus
    started_at: datetime
    due_at: datetime
    next_warning_at: datetime | None = None
    warned: tuple[int, ...] = ()
    paused_at: datetime | None = None
    resume_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    met_at: datetime | None = None
    breached_at: datetime | None = None
    cancelled_at: datetime | None = None
    elapsed: timedelta | None = None

    @property
    def clock(self) -> Clock:
        """With a pause that is under way counted to its planned end."""
        return Clock(self.started_at, self.terms.calendar, self.pauses + _under_way(self))


def begun(happening: Happening) -> Figures:
    """A cycle after its start. Raises CalendarError when it would be due too far away."""
    terms = _terms(happening)
    due_at = Clock(happening.at, terms.calendar).due(terms.duration)
    return _reckoned(Figures(terms, CycleStatus.RUNNING, happening.at, due_at))


def after(figures: Figures, happening: Happening) -> Figures:
    """The cycle after one more event. Raises WrongCycle when its state does not allow it, CalendarError."""
    if happening.kind is not EventKind.REOPENED and figures.status not in LIVE:
        raise WrongCycle(_("This target is not waited for any more."))
    return _AFTER[happening.kind](figures, happening)


def ahead(figures: Figures) -> list[int]:
    """The percents not warned at yet, ascending. Warnings never go back, not even under new terms."""
    last = max(figures.warned, default=0)
    return [percent for percent in figures.terms.warn_at if percent > last]


def passed(figures: Figures, now: datetime) -> list[int]:
    """The percents not warned at yet whose moment has come, ascending."""
    duration = figures.terms.duration
    return [percent for percent in ahead(figures) if figures.clock.share(duration, percent / 100) <= now]


def _pause(figures: Figures, happening: Happening) -> Figures:
    if figures.paused_at is not None:
        raise WrongCycle(_("The clock is paused already."))
    if happening.until is None or happening.until <= happening.at:
        raise WrongCycle(_("A pause ends after it begins."))
    return _reckoned(replace(figures, paused_at=happening.at, resume_at=happening.until))


def _resume(figures: Figures, happening: Happening) -> Figures:
    if figures.paused_at is None:
        raise WrongCycle(_("The clock is not paused."))
    return _reckoned(_unpaused(figures, happening.at))


def _warned(figures: Figures, happening: Happening) -> Figures:
    if happening.share is None or happening.share <= max(figures.warned, default=0):
        raise WrongCycle(_("This warning was given before."))
    return _reckoned(replace(figures, warned=(*figures.warned, happening.share)))


def _breached(figures: Figures, happening: Happening) -> Figures:
    return replace(figures, status=CycleStatus.BREACHED, breached_at=happening.at, next_warning_at=None)


def _met(figures: Figures, happening: Happening) -> Figures:
    return replace(_ended(figures, happening.at), status=CycleStatus.MET, met_at=happening.at)


def _cancelled(figures: Figures, happening: Happening) -> Figures:
    return replace(_ended(figures, happening.at), status=CycleStatus.CANCELLED, cancelled_at=happening.at)


def _reopened(figures: Figures, happening: Happening) -> Figures:
    if figures.status is not CycleStatus.MET:
        raise WrongCycle(_("There is no met target to open again."))
    status = CycleStatus.RUNNING if figures.breached_at is None else CycleStatus.BREACHED
    return _reckoned(replace(figures, status=status, met_at=None, elapsed=None))


def _retarget(figures: Figures, happening: Happening) -> Figures:
    if figures.status is not CycleStatus.RUNNING:
        raise WrongCycle(_("A target that is overdue keeps the time it missed."))
    return _reckoned(replace(figures, terms=_terms(happening)))


_AFTER = {
    EventKind.PAUSE: _pause,
    EventKind.RESUME: _resume,
    EventKind.WARNED: _warned,
    EventKind.BREACHED: _breached,
    EventKind.MET: _met,
    EventKind.CANCELLED: _cancelled,
    EventKind.REOPENED: _reopened,
    EventKind.RETARGET: _retarget,
}


def _reckoned(figures: Figures) -> Figures:
    """With due time and next warning as pauses and terms have them now; a breach keeps the time it missed."""
    if figures.status is not CycleStatus.RUNNING:
        return figures
    clock, duration = figures.clock, figures.terms.duration
    share = next(iter(ahead(figures)), None)
    return replace(
        figures,
        due_at=clock.due(duration),
        next_warning_at=None if share is None else clock.share(duration, share / 100),
    )


def _ended(figures: Figures, at: datetime) -> Figures:
    """A cycle that stops counting: a pause under way ends now, and what counted is known."""
    stopped = figures if figures.paused_at is None else _reckoned(_unpaused(figures, at))
    elapsed = stopped.clock.counted(at, wall=figures.terms.duration.is_wall)
    return replace(stopped, next_warning_at=None, elapsed=elapsed)


def _unpaused(figures: Figures, at: datetime) -> Figures:
    """The pause under way becomes one that has ended: now, or when it was planned to at the latest.

    One that was written by a clock that was ahead, and has not begun, never was.
    """
    ended = tuple(Pause(begins, min(at, ends)) for begins, ends in _under_way(figures) if begins < at)
    return replace(figures, paused_at=None, resume_at=None, pauses=figures.pauses + ended)


def _under_way(figures: Figures) -> tuple[Pause, ...]:
    if figures.paused_at is None or figures.resume_at is None:
        return ()
    return (Pause(figures.paused_at, figures.resume_at),)


def _terms(happening: Happening) -> Terms:
    if happening.terms is None:
        raise WrongCycle(_("A clock cannot start without its terms."))
    return happening.terms
