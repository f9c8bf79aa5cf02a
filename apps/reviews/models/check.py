"""What people marked as checked while they decided."""

from django.conf import settings
from django.db import models

from apps.proposals.models import Evidence
from apps.reviews.models.task import Task


class EvidenceCheck(models.Model):
    """One person's word that they looked at an item of evidence themselves. It helps them keep track and stays on
    record with the decision; it decides nothing. Whoever takes the mark away again, before deciding, has not given it.
    """

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="checks")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="checks", db_index=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["evidence", "by"], name="evidence_checked_once")]

    def __str__(self) -> str:
        return f"{self.by}: {self.evidence_id}"
