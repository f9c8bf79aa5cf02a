"""Shadow proposals beside what people did, and how many stand how."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.evaluation.states import Kind, Later, Source
from apps.proposals.models import Proposal
from apps.registry.models import AgentVersion
from apps.trust.models import Slice


class ShadowCase(models.Model):
    """One comparison. Its id is that of what it was made from: the report, the opinion, or the blind decision."""

    id = models.UUIDField(primary_key=True, editable=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="+")
    slice = models.ForeignKey(Slice, on_delete=models.CASCADE, related_name="+", db_index=False)
    agent_version = models.ForeignKey(
        AgentVersion, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    source = models.CharField(max_length=10, choices=Source.choices)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    later = models.CharField(max_length=10, choices=Later.choices, blank=True)
    differing = ArrayField(models.CharField(max_length=120), default=list)

    class Meta:
        indexes = [models.Index(fields=["slice", "kind", "-id"], name="shadow_case_by_kind")]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.kind}"


class ShadowCount(models.Model):
    """How many comparisons of a slice and agent version stand so: what pages read instead of the cases."""

    slice = models.ForeignKey(Slice, on_delete=models.CASCADE, related_name="+", db_index=False)
    agent_version = models.ForeignKey(
        AgentVersion, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    source = models.CharField(max_length=10, choices=Source.choices)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    later = models.CharField(max_length=10, choices=Later.choices, blank=True)
    n = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slice", "agent_version", "source", "kind", "later"], name="shadow_count_once"
            ),
            models.CheckConstraint(condition=models.Q(n__gte=0), name="shadow_count_is_none_or_more"),
        ]

    def __str__(self) -> str:
        return f"{self.slice_id}: {self.source} {self.kind}: {self.n}"
