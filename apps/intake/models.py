"""Answers already given to requests, so that the same request twice has the effect of one."""

from django.db import models

from apps.proposals.models import Proposal
from apps.registry.models import Agent


class IdempotencyKey(models.Model):
    """The answer to one creation request, kept at least 24 hours after its proposal ended."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    body_sha256 = models.CharField(max_length=64)
    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="idempotency_key")
    status_code = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "key"], name="idempotency_key_once_per_agent")
        ]

    def __str__(self) -> str:
        return self.key
