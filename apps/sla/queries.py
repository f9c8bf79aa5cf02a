"""Reads of clocks and calendars."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Min

from apps.sla.durations import parse
from apps.sla.faces import ClockFace, face
from apps.sla.models import CalendarVersion, ClockCycle


def next_due(subject_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """The earliest unmet due time of each subject that has one, overdue ones included. One query."""
    live = ClockCycle.objects.live().filter(subject_id__in=list(subject_ids))
    return dict(live.values("subject_id").annotate(next=Min("due_at")).values_list("subject_id", "next"))


def cycles_of(subject_id: UUID) -> list[ClockCycle]:
    """Every cycle of a subject, oldest first, with calendar versions and events. Two queries."""
    cycles = ClockCycle.objects.filter(subject_id=subject_id).order_by("pk")
    return list(cycles.select_related("calendar_version__calendar").prefetch_related("events"))


def clock_face(cycle: ClockCycle, now: datetime) -> ClockFace:
    """What the cycle's clock shows; an ended one stopped when it ended. Wants `calendar_version` loaded."""
    return face(
        duration=parse(cycle.target_text),
        started_at=cycle.started_at,
        due_at=cycle.due_at,
        at=cycle.met_at or cycle.cancelled_at or now,
        calendar=cycle.calendar_version.hours,
    )


def current_calendar_version(slug: str) -> CalendarVersion:
    """What a calendar says now. Raises CalendarVersion.DoesNotExist for an unknown slug."""
    versions = CalendarVersion.objects.filter(calendar__slug=slug).select_related("calendar")
    return versions.order_by("-number")[:1].get()


def current_calendar_versions() -> list[CalendarVersion]:
    """The newest version of every calendar, by name. One query."""
    newest = CalendarVersion.objects.order_by("calendar_id", "-number").distinct("calendar_id").values("pk")
    versions = CalendarVersion.objects.filter(pk__in=newest).select_related("calendar")
    return list(versions.order_by("calendar__name", "calendar__slug"))


def current_versions(calendar_ids: Iterable[int]) -> dict[int, CalendarVersion]:
    """{calendar id: its newest version}. One query."""
    newest = CalendarVersion.objects.filter(calendar_id__in=list(calendar_ids)).order_by(
        "calendar_id", "-number"
    )
    return {version.calendar_id: version for version in newest.distinct("calendar_id")}
