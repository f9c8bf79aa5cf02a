"""Somebody from governance looked at what a slice is let do, and said by when to look again."""

from django.conf import settings
from django.db import models

from apps.audit.append_only import append_only
from apps.registry.states import Stage
from apps.trust.models.slices import Slice


class SliceReview(models.Model):
    """One look, in the stage the slice had then. The newest one counts."""

    slice = models.ForeignKey(Slice, on_delete=models.PROTECT, related_name="reviews", db_index=False)
    stage = models.CharField(max_length=12, choices=Stage.choices)
    note = models.CharField(max_length=1000)
    next_on = models.DateField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        indexes = [models.Index(fields=["slice", "-at"], name="slice_review_newest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stage__in=[Stage.ASSISTED, Stage.SUPERVISED]),
                name="slice_review_of_what_may_happen",
            )
        ]

    def __str__(self) -> str:
        return f"{self.slice_id}: {self.at}"
