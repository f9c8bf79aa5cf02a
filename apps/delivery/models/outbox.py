"""What happened, for the outside."""

from django.db import models

from apps.audit.ids import uuid7


class OutboxEvent(models.Model):
    """Something the outside may want to know, written in the transaction in which it became true."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    type = models.CharField(max_length=80)
    subject_id = models.UUIDField()
    workflow_id = models.BigIntegerField(null=True)
    agent_id = models.BigIntegerField(null=True)
    data = models.JSONField()
    created_at = models.DateTimeField()
    fanned_out_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject_id"], name="outbox_of_subject"),
            models.Index(
                fields=["id"], name="outbox_waiting", condition=models.Q(fanned_out_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject_id}"
