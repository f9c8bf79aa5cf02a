"""Working calendars with their versions, the cycles that run against them, and what happened to each."""

from datetime import datetime
from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.audit.append_only import append_only
from apps.sla.calendars import WorkingCalendar
from apps.sla.known_calendars import known_calendar
from apps.sla.states import LIVE, PAIRS, CycleStatus, EventKind, Target


class Calendar(models.Model):
    """When some people work, under one name. What it says now is its newest version."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CalendarVersion(models.Model):
    """What a calendar said from `created_at` on. Never changed: cycles keep the version they began with."""

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    zone = models.CharField(_("time zone"), max_length=60)
    weekly: "models.JSONField[Any, dict[str, list[str]]]" = models.JSONField()
    exceptions: "models.JSONField[Any, dict[str, list[str]]]" = models.JSONField(default=dict)
    holidays: "models.JSONField[Any, dict[str, str]]" = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField()
    created_by_id = models.CharField(max_length=64, blank=True)
    created_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["calendar", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "number"], name="calendar_version_number_once"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.calendar} v{self.number}"

    @property
    def hours(self) -> WorkingCalendar:
        """The calendar as a value; kept in memory by its fingerprint, with the hours computed so far."""
        return known_calendar(
            fingerprint=self.fingerprint,
            zone=self.zone,
            weekly=self.weekly,
            exceptions=self.exceptions,
            holidays=self.holidays,
        )


class CycleQuerySet(models.QuerySet["ClockCycle"]):
    """Reads of cycles, in English."""

    def live(self) -> Self:
        return self.filter(status__in=LIVE)

    def overdue_unmarked(self, now: datetime) -> Self:
        """Running cycles whose due time has passed. At the due time itself a target can still be met."""
        return self.filter(status=CycleStatus.RUNNING, due_at__lt=now)


class ClockCycle(models.Model):
    """One target running once for one subject, by the calendar version and the text it started with.

    `due_at` is derived from these and the events, and stored for the sweeper.
    """

    subject_id = models.UUIDField()
    workflow_id = models.BigIntegerField()
    target = models.CharField(max_length=8, choices=Target.choices)
    status = models.CharField(max_length=10, choices=CycleStatus.choices, default=CycleStatus.RUNNING)
    target_text = models.CharField(max_length=12)
    calendar_version = models.ForeignKey(
        CalendarVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    objects = CycleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id", "target"],
                condition=Q(status__in=[status.value for status in LIVE]),
                name="clock_cycle_one_live",
            ),
            models.CheckConstraint(
                condition=Q(target__in=[target.value for target in Target]), name="clock_cycle_known_target"
            ),
            models.CheckConstraint(
                condition=Q(due_at__gte=F("started_at")), name="clock_cycle_due_after_start"
            ),
            models.CheckConstraint(
                condition=(
                    Q(status="running", met_at=None, breached_at=None, cancelled_at=None)
                    | Q(status="breached", met_at=None, breached_at__isnull=False, cancelled_at=None)
                    | Q(status="met", met_at__isnull=False, cancelled_at=None)
                    | Q(status="cancelled", met_at=None, cancelled_at__isnull=False)
                ),
                name="clock_cycle_status_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["subject_id"], name="clock_cycle_subject"),
            models.Index(fields=["due_at"], condition=Q(status="running"), name="clock_cycle_sweep"),
        ]
        triggers = [pgtrigger.FSM(name="cycle_moves", field="status", transitions=PAIRS)]

    def __str__(self) -> str:
        return f"{self.target} {self.target_text}, {self.status}"


class ClockEvent(models.Model):
    """One thing that happened to a cycle. These rows are the truth; the cycle's columns follow from them."""

    cycle = models.ForeignKey(ClockCycle, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=EventKind.choices)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in EventKind]), name="clock_event_known_kind"
            ),
            models.UniqueConstraint(
                fields=["cycle"], condition=Q(kind="breached"), name="clock_event_one_breach"
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M:%S}"
