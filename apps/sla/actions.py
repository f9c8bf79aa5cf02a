"""What can be done to clocks: start, pause, resume, meet, cancel, reopen.

These verbs are called inside the transaction of what they time (a claim, a decision), which writes its own audit event;
the clock's own record is `ClockEvent`. What nobody does (a warning, a breach) is in `marking`. Cycles are locked last:
whoever holds one locks no task and no proposal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import actions as audit
from apps.audit.insertion import insert, insert_at_end
from apps.audit.reading import Reading
from apps.sla.cycle_figures import figures_of, take
from apps.sla.cycle_rows import save_columns, write_events
from apps.sla.durations import parse
from apps.sla.history import Happening, WrongCycle, after, begun
from apps.sla.known_versions import policy_version, terms_of
from apps.sla.marking import BREACHED_EVENT, Warned, mark_breaches, mark_overdue, mark_warnings
from apps.sla.models import CalendarVersion, ClockCycle, ClockEvent, SlaPolicyVersion
from apps.sla.reckoning import longest_until
from apps.sla.states import CycleStatus, EventKind, Target

__all__ = [
    "BREACHED_EVENT",
    "CycleSpec",
    "Warned",
    "WrongCycle",
    "cancel",
    "mark_breaches",
    "mark_warnings",
    "meet",
    "pause",
    "reopen",
    "restart_ahead",
    "resume",
    "start_cycles",
]

_CYCLES = Reading(ClockCycle)
_LIVE = "WHERE subject_id = %s AND target = %s AND status IN ('running', 'breached') FOR NO KEY UPDATE"
# These verbs are part of another verb: a savepoint each would be two more round trips for nothing.
_joins = transaction.atomic(savepoint=False)


@dataclass(frozen=True, slots=True)
class CycleSpec:
    """One cycle to start, by these versions. `target` is claim, decide or result; `tier` is 0 to 11."""

    subject_id: UUID
    workflow_id: int
    target: str
    tier: int
    policy_version: SlaPolicyVersion
    calendar_version: CalendarVersion


@_joins
def start_cycles(*, specs: Sequence[CycleSpec], now: datetime) -> list[ClockCycle]:
    """Start cycles, in two statements. Their due times are in the `due_at` of the result, in order.

    Raises CalendarError, or IntegrityError when a subject has a live cycle of that target.
    """
    cycles = [_begun(spec, now) for spec in specs]
    insert(cycles)
    insert_at_end(
        [
            ClockEvent(
                cycle=cycle,
                kind=EventKind.START,
                at=now,
                policy_version=cycle.policy_version,
                calendar_version=cycle.calendar_version,
            )
            for cycle in cycles
        ]
    )
    return cycles


@_joins
def meet(*, subject_id: UUID, target: str, now: datetime) -> bool:
    """The target is reached. False when no live cycle waits for it, such as at a second claim.

    Too late, it is marked as a breach first: a breach stays a breach.
    """
    cycle = _live(subject_id, Target(target))
    if cycle is None:
        return False
    if cycle.status == CycleStatus.RUNNING and cycle.due_at < now:
        mark_overdue([cycle], now)
    take(cycle, after(figures_of(cycle), Happening(EventKind.MET, now)))
    save_columns([cycle])
    write_events([cycle], EventKind.MET, now)
    return True


@_joins
def cancel(*, subject_ids: Sequence[UUID], now: datetime) -> int:
    """Nothing is waited for any more (withdrawn, expired): end every live cycle of the subjects. How many."""
    live = ClockCycle.objects.live().select_for_update(no_key=True)
    cycles = list(live.filter(subject_id__in=subject_ids).order_by("pk"))
    for cycle in cycles:
        take(cycle, after(figures_of(cycle), Happening(EventKind.CANCELLED, now)))
    save_columns(cycles)
    write_events(cycles, EventKind.CANCELLED, now)
    return len(cycles)


@transaction.atomic
def reopen(*, subject_id: UUID, target: str, now: datetime) -> ClockCycle:
    """What met the target was taken back: the newest cycle waits again, with its due time and any breach.

    Raises WrongCycle when that cycle is not met.
    """
    newest = ClockCycle.objects.select_for_update(no_key=True).filter(subject_id=subject_id, target=target)
    cycle = newest.order_by("-pk").first()
    if cycle is None or cycle.status != CycleStatus.MET:
        raise WrongCycle(_("There is no met target to open again."))
    take(cycle, after(figures_of(cycle), Happening(EventKind.REOPENED, now)))
    save_columns([cycle])
    write_events([cycle], EventKind.REOPENED, now)
    return cycle


@transaction.atomic
def pause(*, subject_id: UUID, until: datetime, reason: str, now: datetime) -> datetime:
    """Stop the decide clock until `until` at the latest, and never longer than its policy allows.

    The moment at which it goes on by itself, unless `resume` comes first. Raises WrongCycle when nothing is to be
    decided, the clock is paused already, `until` has passed, or the policy allows no more pause.
    """
    cycle = _live(subject_id, Target.DECIDE)
    if cycle is None:
        raise WrongCycle(_("Nobody is waiting for a decision here."))
    if cycle.resume_at is not None and cycle.resume_at <= now:
        _resume(cycle, now)
    if cycle.status == CycleStatus.RUNNING and cycle.due_at < now:
        mark_overdue([cycle], now)
    if until <= now:
        raise WrongCycle(_("The clock can only be paused until a moment to come."))
    figures = figures_of(cycle)
    most = parse(policy_version(cycle.policy_version_id).longest_pause)
    latest = longest_until(now, most, figures.pauses, figures.terms.calendar)
    if latest <= now:
        raise WrongCycle(
            _("The clock has been paused for %(most)s already: the SLA policy allows no more.")
            % {"most": most}
        )
    ends_at = min(until, latest)
    take(cycle, after(figures, Happening(EventKind.PAUSE, now, until=ends_at)))
    save_columns([cycle])
    write_events([cycle], EventKind.PAUSE, now, until=ends_at)
    audit.record(
        verb="clock.paused",
        now=now,
        subject=("clock_cycle", cycle.pk, f"{cycle.target} {cycle.target_text}"),
        workflow_id=cycle.workflow_id,
        proposal_id=cycle.subject_id,
        data={"reason": reason, "resume_at": ends_at.isoformat()},
    )
    return ends_at


@_joins
def resume(*, subject_id: UUID, now: datetime) -> datetime | None:
    """Let a paused decide clock go on: when the decision is due now. None when it is not paused."""
    cycle = _live(subject_id, Target.DECIDE)
    if cycle is None or cycle.paused_at is None:
        return None
    _resume(cycle, now)
    return cycle.due_at


@_joins
def restart_ahead(*, subject_id: UUID, since: datetime, now: datetime) -> list[ClockCycle]:
    """Start anew, by the same versions, the subject's live cycles that begin after `since`: a clock that was ahead
    started them. The new ones.
    """
    live = ClockCycle.objects.live().select_for_update(no_key=True)
    ahead = list(live.filter(subject_id=subject_id, started_at__gt=since).with_versions().order_by("pk"))
    for cycle in ahead:
        take(cycle, after(figures_of(cycle), Happening(EventKind.CANCELLED, now)))
    save_columns(ahead)
    write_events(ahead, EventKind.CANCELLED, now)
    return start_cycles(
        specs=[
            CycleSpec(
                subject_id=cycle.subject_id,
                workflow_id=cycle.workflow_id,
                target=cycle.target,
                tier=cycle.tier,
                policy_version=cycle.policy_version,
                calendar_version=cycle.calendar_version,
            )
            for cycle in ahead
        ],
        now=now,
    )


def _begun(spec: CycleSpec, now: datetime) -> ClockCycle:
    cycle = ClockCycle(
        subject_id=spec.subject_id,
        workflow_id=spec.workflow_id,
        target=Target(spec.target),
        tier=spec.tier,
        policy_version=spec.policy_version,
        calendar_version=spec.calendar_version,
    )
    terms = terms_of(spec.policy_version, spec.calendar_version, spec.target)
    take(cycle, begun(Happening(EventKind.START, now, terms=terms)))
    return cycle


def _live(subject_id: UUID, target: Target) -> ClockCycle | None:
    """The subject's live cycle of the target, its row locked."""
    return _CYCLES.first(_LIVE, [subject_id, target])


def _resume(cycle: ClockCycle, now: datetime) -> None:
    take(cycle, after(figures_of(cycle), Happening(EventKind.RESUME, now)))
    save_columns([cycle])
    write_events([cycle], EventKind.RESUME, now)
