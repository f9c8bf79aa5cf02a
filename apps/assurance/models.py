"""What was tried, and what was told: simulated triggers of an escalation, and reviews that are overdue."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.audit.append_only import append_only
from apps.registry.models import Workflow


class TriggerRun(models.Model):
    """One simulated trigger of every chain the live policy of a workflow names; nobody was really told.

    `places` are `triggers.Place`s, as JSON. `reached` are the names of all people a step would have told.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="+", db_index=False)
    policy = models.CharField(max_length=200)
    holds = models.BooleanField()
    places = models.JSONField()
    reached = ArrayField(models.CharField(max_length=200))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        indexes = [models.Index(fields=["workflow", "-at"], name="trigger_run_of_workflow")]

    def __str__(self) -> str:
        return f"{self.workflow_id}: {self.at}"


class ReviewWatch(models.Model):
    """Of which slices of a workflow it was told last that their review is overdue, and when."""

    workflow = models.OneToOneField(
        Workflow, primary_key=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    told = ArrayField(models.BigIntegerField(), default=list)
    told_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.workflow_id}"
