"""Working calendars with their versions."""

from typing import Any

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.append_only import append_only, never_removed
from apps.sla.calendars import WorkingCalendar
from apps.sla.known_calendars import known_calendar


class Calendar(models.Model):
    """When some people work, under one name. What it says now is its newest version.

    Never removed and never given another slug: queues, cycles and files point to it.
    """

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        ordering = ["name"]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(name="slug_stays", operation=pgtrigger.UpdateOf("slug")),
        ]

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
