"""How a decision came about: how long it was looked at, and what is wrong with that, if anything."""

from django.conf import settings
from django.db import models

from apps.audit.append_only import append_only
from apps.reviews.models.decision import Decision
from apps.reviews.models.queue import Queue
from apps.reviews.states import Mark


class Attention(models.Model):
    """What is known about one settled decision's making, written once when its undo window has closed.

    `took_ms` is from claim to decision; `active_ms` how long its page was visible and in focus (None: no script told);
    `words` what there was to read, `floor_ms` the least time for it (see `reading`); `opened` of `items` of evidence
    were on the screen. `mark` is why it is no evidence of trust, and empty mostly.
    """

    decision = models.OneToOneField(
        Decision, primary_key=True, on_delete=models.PROTECT, related_name="attention"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+", db_index=False)
    workflow_id = models.BigIntegerField()
    slice_id = models.BigIntegerField()
    is_approval = models.BooleanField()
    took_ms = models.PositiveBigIntegerField()
    active_ms = models.PositiveIntegerField(null=True)
    words = models.PositiveIntegerField()
    floor_ms = models.PositiveIntegerField()
    opened = models.PositiveSmallIntegerField(null=True)
    items = models.PositiveSmallIntegerField()
    mark = models.CharField(max_length=10, choices=Mark.choices, blank=True)
    at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        indexes = [
            models.Index(fields=["by", "-at"], name="attention_of_person"),
            models.Index(fields=["queue", "-at"], name="attention_in_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id}: {self.mark or 'read'}"
