"""What can be done to clocks (start, meet, cancel, reopen, mark breaches) and calendars (save).

The verbs of a cycle are called inside the transaction of what they time (a claim, a decision), which writes
its own audit event; the clock's own record is `ClockEvent`. Only a breach, which nobody did, is told to the
audit log and the outbox here. A saved calendar version is never changed; cycles under way keep the one they
started with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.audit import actions as audit
from apps.audit.actors import SYSTEM, Acting
from apps.audit.insertion import insert
from apps.delivery import actions as delivery
from apps.sla.calendars import WorkingCalendar, read_calendar, write_calendar
from apps.sla.durations import parse
from apps.sla.known_calendars import fingerprint
from apps.sla.models import Calendar, CalendarVersion, ClockCycle, ClockEvent
from apps.sla.states import CycleStatus, EventKind, Target
from apps.sla.working_time import add, check_opens_soon

BREACHED_EVENT = "reviewhub.clock.breached.v1"
ALWAYS = "always"
OFFICE = "office"
_OFFICE_HOURS = {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
_ALL_HOURS = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


# These verbs are part of another verb: a savepoint each would be two more round trips for nothing.
_joins = transaction.atomic(savepoint=False)


class WrongCycle(Exception):
    """The cycle is not in a state that allows this; the message says which."""


@dataclass(frozen=True, slots=True)
class CycleSpec:
    """One cycle to start. `duration` is compact text (`4wh`); `target` is claim, decide or result."""

    subject_id: UUID
    workflow_id: int
    target: str
    duration: str
    calendar_version: CalendarVersion


@_joins
def start_cycles(*, specs: Sequence[CycleSpec], now: datetime) -> list[ClockCycle]:
    """Start cycles, in two statements. Their due times are in the `due_at` of the result, in order.

    Raises DurationError, CalendarError, or IntegrityError when a subject has a live cycle of that target.
    """
    cycles = [
        ClockCycle(
            subject_id=spec.subject_id,
            workflow_id=spec.workflow_id,
            target=Target(spec.target),
            target_text=spec.duration,
            calendar_version=spec.calendar_version,
            started_at=now,
            due_at=add(now, parse(spec.duration), spec.calendar_version.hours),
        )
        for spec in specs
    ]
    insert(cycles)
    _log(cycles, EventKind.START, now)
    return cycles


# One statement for the common case, met in time: this runs in every claim and every decision.
_MEET_IN_TIME = """
    WITH met AS (
        UPDATE sla_clockcycle SET status = 'met', met_at = %(now)s
        WHERE subject_id = %(subject)s AND target = %(target)s AND status = 'running' AND due_at >= %(now)s
        RETURNING id
    )
    INSERT INTO sla_clockevent (cycle_id, kind, at) SELECT id, 'met', %(now)s FROM met
"""


@_joins
def meet(*, subject_id: UUID, target: str, now: datetime) -> bool:
    """The target is reached. False when no live cycle waits for it, such as at a second claim.

    Too late, it is marked as a breach first: a breach stays a breach.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MEET_IN_TIME, {"now": now, "subject": subject_id, "target": Target(target).value})
        if cursor.rowcount:
            return True
    cycle = ClockCycle.objects.live().select_for_update().filter(subject_id=subject_id, target=target).first()
    if cycle is None:
        return False
    if cycle.status == CycleStatus.RUNNING and cycle.due_at < now:
        _breach([cycle], now)
    cycle.status, cycle.met_at = CycleStatus.MET, now
    cycle.save(update_fields=["status", "met_at"])
    _log([cycle], EventKind.MET, now)
    return True


@_joins
def cancel(*, subject_ids: Sequence[UUID], now: datetime) -> int:
    """Nothing is waited for any more (withdrawn, expired): end every live cycle of the subjects. How many."""
    live = ClockCycle.objects.live().select_for_update().filter(subject_id__in=subject_ids).order_by("pk")
    cycles = list(live.only("pk"))
    if cycles:
        ClockCycle.objects.filter(pk__in=[cycle.pk for cycle in cycles]).update(
            status=CycleStatus.CANCELLED, cancelled_at=now
        )
        _log(cycles, EventKind.CANCELLED, now)
    return len(cycles)


@transaction.atomic
def reopen(*, subject_id: UUID, target: str, now: datetime) -> ClockCycle:
    """What met the target was taken back: the newest cycle waits again, with its due time and any breach.

    Raises WrongCycle when that cycle is not met.
    """
    newest = (
        ClockCycle.objects.select_for_update().filter(subject_id=subject_id, target=target).order_by("-pk")
    )
    cycle = newest.first()
    if cycle is None or cycle.status != CycleStatus.MET:
        raise WrongCycle(_("There is no met target to open again."))
    cycle.status = CycleStatus.RUNNING if cycle.breached_at is None else CycleStatus.BREACHED
    cycle.met_at = None
    cycle.save(update_fields=["status", "met_at"])
    _log([cycle], EventKind.REOPENED, now)
    return cycle


@_joins
def mark_breaches(*, now: datetime, limit: int = 500) -> int:
    """Mark up to `limit` running cycles whose due time has passed, the oldest first. How many.

    Any number of sweepers may run: each row goes to one; rows a verb has locked wait for the next sweep.
    """
    overdue = ClockCycle.objects.overdue_unmarked(now).order_by("due_at")
    cycles = list(overdue.select_for_update(skip_locked=True)[:limit])
    if cycles:
        _breach(cycles, now)
    return len(cycles)


@transaction.atomic
def save_calendar(
    *,
    slug: str,
    name: str,
    zone: str,
    weekly: Mapping[str, Sequence[str]],
    exceptions: Mapping[str, Sequence[str]] | None = None,
    holidays: Mapping[str, str] | None = None,
    by: Acting | None,
    now: datetime,
) -> CalendarVersion:
    """Create the calendar, or give it a new version when its hours differ; `by` None means ReviewHub itself.

    Dates are text as `2026-12-24`, `holidays` maps them to names. Raises CalendarError with what to change.
    """
    hours = read_calendar(zone=zone, weekly=weekly, exceptions=exceptions, holidays=holidays)
    check_opens_soon(hours, now)
    Calendar.objects.get_or_create(slug=slug, defaults={"name": name})
    calendar = Calendar.objects.select_for_update().get(slug=slug)
    current = calendar.versions.order_by("-number").first()
    renamed = calendar.name != name
    if renamed:
        calendar.name = name
        calendar.save(update_fields=["name"])
    if current is None or current.fingerprint != fingerprint(hours):
        version = _add_version(calendar, hours, current.number + 1 if current else 1, by, now)
    elif renamed:
        version = current
    else:
        return current
    audit.record(
        verb="calendar.saved",
        now=now,
        by=by,
        subject=("calendar", calendar.pk, calendar.name),
        data={"slug": slug, "version": version.number, "zone": version.zone},
    )
    return version


def ensure_default_calendars(*, now: datetime) -> None:
    """Create `always` (day and night) and `office` (weekdays 9 to 17, UTC) where they are missing."""
    there = set(Calendar.objects.filter(slug__in=[ALWAYS, OFFICE]).values_list("slug", flat=True))
    for slug, name, weekly in (
        (ALWAYS, "Round the clock", _ALL_HOURS),
        (OFFICE, "Office hours", _OFFICE_HOURS),
    ):
        if slug not in there:
            save_calendar(slug=slug, name=name, zone="UTC", weekly=weekly, by=None, now=now)


def round_the_clock(*, now: datetime) -> CalendarVersion:
    """The newest version of the calendar `always`, created if it is missing."""
    newest = CalendarVersion.objects.filter(calendar__slug=ALWAYS).order_by("-number").first()
    if newest is None:
        ensure_default_calendars(now=now)
        newest = CalendarVersion.objects.filter(calendar__slug=ALWAYS).latest("number")
    return newest


def _breach(cycles: Sequence[ClockCycle], now: datetime) -> None:
    """Mark locked, running cycles as breached and tell it, in a handful of statements."""
    ClockCycle.objects.filter(pk__in=[cycle.pk for cycle in cycles]).update(
        status=CycleStatus.BREACHED, breached_at=now
    )
    for cycle in cycles:
        cycle.status, cycle.breached_at = CycleStatus.BREACHED, now
    _log(cycles, EventKind.BREACHED, now)
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


def _facts(cycle: ClockCycle) -> dict[str, str]:
    return {"target": cycle.target, "target_text": cycle.target_text, "due_at": cycle.due_at.isoformat()}


def _log(cycles: Sequence[ClockCycle], kind: EventKind, now: datetime) -> None:
    insert([ClockEvent(cycle=cycle, kind=kind, at=now) for cycle in cycles])


def _add_version(
    calendar: Calendar, hours: WorkingCalendar, number: int, by: Acting | None, now: datetime
) -> CalendarVersion:
    actor = by.actor if by is not None else SYSTEM
    written = write_calendar(hours)
    return CalendarVersion.objects.create(
        calendar=calendar,
        number=number,
        zone=written.zone,
        weekly=written.weekly,
        exceptions=written.exceptions,
        holidays=written.holidays,
        fingerprint=fingerprint(hours),
        created_at=now,
        created_by_id=actor.id,
        created_by_name=actor.name,
    )
