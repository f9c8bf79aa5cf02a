"""The frozen baseline of a version's work, how it looks now, and alerts that it differs. None moves a threshold."""

from django.conf import settings
from django.db import models

from apps.audit.append_only import append_only, never_removed
from apps.registry.models import AgentVersion
from apps.trust.models.slices import Slice
from apps.trust.states import AlertStatus, Drift


class Baseline(models.Model):
    """How the work of a slice looked when it was frozen: counts of each bin, and its override rate."""

    slice = models.ForeignKey(Slice, on_delete=models.PROTECT, related_name="baselines")
    agent_version = models.ForeignKey(
        AgentVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    proposals = models.PositiveIntegerField()
    bins = models.JSONField()
    reviewed = models.PositiveIntegerField()
    overridden = models.PositiveIntegerField()
    until = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(fields=["slice", "agent_version"], name="baseline_once_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.slice_id} by {self.agent_version_id}"


class DriftLook(models.Model):
    """How the newest work of a version looked when it was compared last: one row, written again with each look."""

    slice = models.ForeignKey(Slice, on_delete=models.PROTECT, related_name="drift_looks")
    agent_version = models.ForeignKey(
        AgentVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    proposals = models.PositiveIntegerField()
    bins = models.JSONField()
    reviewed = models.PositiveIntegerField()
    overridden = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slice", "agent_version"], name="drift_look_one_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.slice_id} by {self.agent_version_id}"


class DriftAlert(models.Model):
    """Something differs from the baseline. Its owner looks, says whether it matters, and acts; each step is kept."""

    slice = models.ForeignKey(Slice, on_delete=models.PROTECT, related_name="drift_alerts")
    agent_version = models.ForeignKey(
        AgentVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=12, choices=Drift.choices)
    status = models.CharField(max_length=10, choices=AlertStatus.choices, default=AlertStatus.OPEN)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    figures = models.JSONField()
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        triggers = never_removed()
        constraints = [
            models.UniqueConstraint(
                fields=["slice", "agent_version", "kind"],
                condition=models.Q(ended_at__isnull=True),
                name="drift_alert_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["open", "real"], ended_at__isnull=True)
                | models.Q(status__in=["harmless", "done"], ended_at__isnull=False),
                name="drift_alert_ended_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.slice_id}"


class DriftStep(models.Model):
    """What somebody said about an alert, and who looks after it from then on."""

    alert = models.ForeignKey(DriftAlert, on_delete=models.PROTECT, related_name="steps")
    status = models.CharField(max_length=10, choices=AlertStatus.choices)
    by_name = models.CharField(max_length=200)
    owner_name = models.CharField(max_length=200)
    note = models.CharField(max_length=500)
    at = models.DateTimeField()

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.alert_id}: {self.status}"
