"""A task taken outside the ordinary rules, in an emergency."""

from django.conf import settings
from django.db import models

from apps.audit.append_only import append_only
from apps.reviews.models.task import Task


class Emergency(models.Model):
    """Who broke the glass over a task, why, and whom it was taken from (empty: nobody held it)."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="emergencies")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=500)
    taken_from = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="emergency_has_its_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.task}: {self.reason}"
