"""The cycles that run against calendars and policies, and what happened to each."""

from datetime import datetime
from typing import Any, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from apps.audit.append_only import append_only
from apps.sla.models.calendar import CalendarVersion
from apps.sla.models.policy import SlaPolicyVersion
from apps.sla.states import LIVE, PAIRS, CycleStatus, EventKind, Target

_IS_LIVE = Q(status__in=[status.value for status in LIVE])


class CycleQuerySet(models.QuerySet["ClockCycle"]):
    """Reads of cycles, in English."""

    def live(self) -> Self:
        return self.filter(status__in=LIVE)

    def overdue_unmarked(self, now: datetime) -> Self:
        """Running cycles whose due time has passed. At the due time itself a target can still be met."""
        return self.filter(status=CycleStatus.RUNNING, due_at__lt=now)

    def to_warn(self, now: datetime) -> Self:
        """Running cycles that have used a share to warn at, and are not overdue: that is told as a breach."""
        return self.filter(status=CycleStatus.RUNNING, next_warning_at__lte=now, due_at__gte=now)

    def with_versions(self) -> Self:
        return self.select_related("calendar_version", "policy_version")


class ClockCycle(models.Model):
    """One target running once for one subject, by the policy and calendar versions it started with.

    Subject, workflow, target and tier say what is timed; every other column follows from the events (`history`)
    and is stored for sweepers and pages. While `paused_at` is set the clock stands still until `resume_at`, when
    it goes on by itself; `due_at` counts with that already. `pauses` are those that have ended.
    """

    subject_id = models.UUIDField()
    workflow_id = models.BigIntegerField()
    target = models.CharField(max_length=8, choices=Target.choices)
    tier = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=CycleStatus.choices, default=CycleStatus.RUNNING)
    target_text = models.CharField(max_length=12)
    policy_version = models.ForeignKey(
        SlaPolicyVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    calendar_version = models.ForeignKey(
        CalendarVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    next_warning_at = models.DateTimeField(null=True)
    warned: "models.Field[list[int], list[int]]" = ArrayField(
        models.PositiveSmallIntegerField(), default=list
    )
    paused_at = models.DateTimeField(null=True)
    resume_at = models.DateTimeField(null=True)
    pauses: "models.JSONField[Any, list[list[str]]]" = models.JSONField(default=list)
    met_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    elapsed = models.DurationField(null=True)

    objects = CycleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id", "target"], condition=_IS_LIVE, name="clock_cycle_one_live"
            ),
            models.CheckConstraint(
                condition=Q(target__in=[target.value for target in Target]), name="clock_cycle_known_target"
            ),
            models.CheckConstraint(
                condition=Q(due_at__gte=F("started_at")), name="clock_cycle_due_after_start"
            ),
            models.CheckConstraint(
                condition=(
                    Q(status="running", met_at=None, breached_at=None, cancelled_at=None, elapsed=None)
                    | Q(
                        status="breached",
                        met_at=None,
                        breached_at__isnull=False,
                        cancelled_at=None,
                        elapsed=None,
                    )
                    | Q(status="met", met_at__isnull=False, cancelled_at=None, elapsed__isnull=False)
                    | Q(status="cancelled", met_at=None, cancelled_at__isnull=False, elapsed__isnull=False)
                ),
                name="clock_cycle_status_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(paused_at=None, resume_at=None)
                | Q(_IS_LIVE, paused_at__isnull=False, resume_at__isnull=False, resume_at__gt=F("paused_at")),
                name="clock_cycle_pause_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(status="running") | Q(next_warning_at=None),
                name="clock_cycle_warns_while_running",
            ),
        ]
        indexes = [
            models.Index(fields=["subject_id"], name="clock_cycle_subject"),
            models.Index(fields=["due_at"], condition=Q(status="running"), name="clock_cycle_sweep"),
            models.Index(
                fields=["next_warning_at"],
                condition=Q(status="running", next_warning_at__isnull=False),
                name="clock_cycle_warning",
            ),
            models.Index(
                fields=["resume_at"], condition=Q(resume_at__isnull=False), name="clock_cycle_paused"
            ),
            # Reports ask for a period; rows come in the order of time, and this costs an insert next to nothing.
            BrinIndex(fields=["started_at"], name="clock_cycle_started", autosummarize=True),
        ]
        triggers = [pgtrigger.FSM(name="cycle_moves", field="status", transitions=PAIRS)]

    def __str__(self) -> str:
        return f"{self.target} {self.target_text}, {self.status}"


class ClockEvent(models.Model):
    """One thing that happened to a cycle. These rows are the truth; the cycle's columns follow from them.

    `until` is the end a pause will have at the latest, `share` the percent warned at; start and retarget name the
    policy and calendar versions that count from then on.
    """

    cycle = models.ForeignKey(ClockCycle, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=EventKind.choices)
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    share = models.PositiveSmallIntegerField(null=True)
    policy_version = models.ForeignKey(
        SlaPolicyVersion, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    calendar_version = models.ForeignKey(
        CalendarVersion, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in EventKind]), name="clock_event_known_kind"
            ),
            models.UniqueConstraint(
                fields=["cycle"], condition=Q(kind="breached"), name="clock_event_one_breach"
            ),
            models.UniqueConstraint(
                fields=["cycle", "share"], condition=Q(kind="warned"), name="clock_event_one_warning_a_share"
            ),
            models.CheckConstraint(
                condition=Q(kind="pause", until__isnull=False, until__gt=F("at"))
                | ~Q(kind="pause") & Q(until=None),
                name="clock_event_pause_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(kind="warned", share__isnull=False) | ~Q(kind="warned") & Q(share=None),
                name="clock_event_warning_has_its_share",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["start", "retarget"],
                    policy_version__isnull=False,
                    calendar_version__isnull=False,
                )
                | ~Q(kind__in=["start", "retarget"]) & Q(policy_version=None, calendar_version=None),
                name="clock_event_start_names_its_versions",
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M:%S}"
