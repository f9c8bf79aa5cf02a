"""What was counted: one row for what came of a case, the sums of each day, and until where the log was read."""

import pgtrigger
from django.conf import settings
from django.db import models

from apps.audit.append_only import never_removed
from apps.audit.following import ReadUntil
from apps.quality.states import Came, What
from apps.registry.models import Workflow


class CountedCase(models.Model):
    """One thing that was counted of one case, so that a figure leads to its cases and nothing counts twice.

    `source` is the proposal, or the event of the audit log where there is none. `day` is the site's day of what is
    counted; of an approved action it is the day of its approval, whenever it turns out. `amount` is hours, for what
    is measured in them. `agent_version_id` and `policy_version_id` are 0 where there is none.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="+", db_index=False)
    what = models.CharField(max_length=10, choices=What.choices)
    came = models.CharField(max_length=12, choices=Came.choices)
    day = models.DateField()
    source = models.UUIDField()
    proposal_id = models.UUIDField(null=True)
    agent_version_id = models.BigIntegerField(default=0)
    policy_version_id = models.BigIntegerField(default=0)
    amount = models.FloatField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "what"], name="counted_case_once")]
        indexes = [models.Index(fields=["workflow", "came", "day", "id"], name="counted_case_by_day")]

    def __str__(self) -> str:
        return f"{self.source}: {self.came}"


class CountedDay(models.Model):
    """How often something came of a case on a day, by agent version and policy version; `total` is of the amounts."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    came = models.CharField(max_length=12, choices=Came.choices)
    agent_version_id = models.BigIntegerField(default=0)
    policy_version_id = models.BigIntegerField(default=0)
    n = models.IntegerField()
    total = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "day", "came", "agent_version_id", "policy_version_id"],
                name="counted_day_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.n} {self.came}"


class CountedUntil(ReadUntil):
    """Until where cases and days were counted from the audit log."""


class Target(models.Model):
    """What is wanted of one figure of a workflow, from when on it is an alert, and who answers for it.

    Both are in the unit of the figure; without either, nothing is wanted. `looked_at` is when the alert was looked at.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="quality_targets")
    figure = models.CharField(max_length=20)
    target = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    alert_at = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    looked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "figure"], name="quality_target_once")]

    def __str__(self) -> str:
        return f"{self.workflow_id}: {self.figure}"


class Alert(models.Model):
    """A figure crossed its limit: live until it is back. Acknowledged, it waits for nobody any more, and does not
    open again before it was back.

    `value`, `hits` and `cases` are as they were when it opened; `back_at` is the value that ended it.
    """

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="alerts")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    limit = models.DecimalField(max_digits=12, decimal_places=4)
    value = models.FloatField()
    hits = models.PositiveIntegerField()
    cases = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    note = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True)
    back_at = models.FloatField(null=True)

    class Meta:
        ordering = ["opened_at", "id"]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="ended_alerts_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["target"], condition=models.Q(ended_at__isnull=True), name="quality_alert_one_live"
            ),
            models.CheckConstraint(
                condition=models.Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | models.Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="quality_alert_acknowledged_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"alert {self.pk} of {self.target_id}"
