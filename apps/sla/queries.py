"""Reads of clocks and calendars."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Min

from apps.audit.reading import Reading
from apps.sla.cycle_figures import figures_of
from apps.sla.faces import ClockFace, face
from apps.sla.models import CalendarVersion, ClockCycle, SlaPolicyVersion
from apps.sla.moments import moment_after, moment_of_share
from apps.sla.states import Target

__all__ = [
    "clock_face",
    "current_calendar_version",
    "current_calendar_versions",
    "current_policies",
    "current_policy_versions",
    "current_versions",
    "cycles_of",
    "decide_cycle",
    "decide_cycles",
    "moment_after",
    "moment_of_share",
    "next_due",
    "policy_versions",
]

_CYCLES = Reading(ClockCycle, "policy_version", "calendar_version")
_OF_DECISIONS = "WHERE subject_id = ANY(%s) AND target = %s ORDER BY sla_clockcycle.id"


def next_due(subject_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """The earliest unmet due time of each subject that has one, overdue ones included. One query."""
    live = ClockCycle.objects.live().filter(subject_id__in=list(subject_ids))
    return dict(live.values("subject_id").annotate(next=Min("due_at")).values_list("subject_id", "next"))


def decide_cycle(subject_id: UUID) -> ClockCycle | None:
    """The newest cycle of the subject's decision, with its versions loaded. One query."""
    return decide_cycles([subject_id]).get(subject_id)


def decide_cycles(subject_ids: Iterable[UUID]) -> dict[UUID, ClockCycle]:
    """{subject: the newest cycle of its decision}, with versions loaded. One query."""
    return {
        cycle.subject_id: cycle for cycle in _CYCLES.all(_OF_DECISIONS, [list(subject_ids), Target.DECIDE])
    }


def cycles_of(subject_id: UUID) -> list[ClockCycle]:
    """Every cycle of a subject, oldest first, with calendar versions and events. Two queries."""
    cycles = ClockCycle.objects.filter(subject_id=subject_id).order_by("pk")
    return list(cycles.select_related("calendar_version__calendar").prefetch_related("events"))


def clock_face(cycle: ClockCycle, now: datetime) -> ClockFace:
    """What the cycle's clock shows; an ended one stopped when it ended."""
    figures = figures_of(cycle)
    return face(
        duration=figures.terms.duration,
        due_at=cycle.due_at,
        at=cycle.met_at or cycle.cancelled_at or now,
        clock=figures.clock,
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


def current_policy_versions() -> list[SlaPolicyVersion]:
    """The newest version of every SLA policy, by name. One query."""
    newest = SlaPolicyVersion.objects.order_by("policy_id", "-number").distinct("policy_id").values("pk")
    versions = SlaPolicyVersion.objects.filter(pk__in=newest).select_related("policy")
    return list(versions.order_by("policy__name", "policy__slug"))


def policy_versions(slug: str) -> list[SlaPolicyVersion]:
    """Every version of a policy, the newest first; none for an unknown slug. One query."""
    versions = SlaPolicyVersion.objects.filter(policy__slug=slug).select_related("policy")
    return list(versions.order_by("-number"))


def current_policies(slugs: Iterable[str]) -> dict[str, SlaPolicyVersion]:
    """{slug: newest version} of the SLA policies that exist. One query."""
    newest = SlaPolicyVersion.objects.filter(policy__slug__in=set(slugs)).select_related("policy")
    versions = newest.order_by("policy_id", "-number").distinct("policy_id")
    return {version.policy.slug: version for version in versions}
