"""The audit log: one row for every verb that changed something."""

from django.db import models

from apps.audit.append_only import append_only
from apps.audit.ids import uuid7


class Event(models.Model):
    """One thing that happened. Names and ids as they were then; no foreign keys, so nothing can cascade."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=200)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    subject_label = models.CharField(max_length=300, blank=True)
    workflow_id = models.BigIntegerField(null=True)
    proposal_id = models.UUIDField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        triggers = append_only()
        indexes = [
            # One for each way the search page can narrow; all but the first two also give its order.
            models.Index(
                fields=["proposal_id"],
                name="audit_event_proposal",
                condition=models.Q(proposal_id__isnull=False),
            ),
            models.Index(fields=["subject_id", "subject_kind"], name="audit_event_subject"),
            models.Index(fields=["at", "id"], name="audit_event_at"),
            models.Index(fields=["verb", "at"], name="audit_event_verb"),
            models.Index(fields=["actor_name", "at"], name="audit_event_actor"),
            models.Index(
                fields=["subject_label", "at"],
                name="audit_event_label",
                condition=models.Q(proposal_id__isnull=True) & ~models.Q(subject_label=""),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=["person", "agent", "system"]),
                name="audit_event_actor_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_kind} {self.subject_label or self.subject_id}"
