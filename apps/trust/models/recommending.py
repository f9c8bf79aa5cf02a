"""What ReviewHub recommends to people, and who has put their name under it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.audit.append_only import append_only, never_removed
from apps.audit.ids import uuid7
from apps.trust.models.slices import Standing
from apps.trust.states import RecommendationKind, RecommendationStatus


class Recommendation(models.Model):
    """One recommended step up, with the evidence it rests on. At most one of a kind waits.

    `evidence_sha256` is the digest of everything that justifies it: it is on the page, in each signature, and compared
    again when the second person signs. `seen_k` is what was wrong in the region then: one more withdraws it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    standing = models.ForeignKey(Standing, on_delete=models.PROTECT, related_name="recommendations")
    kind = models.CharField(max_length=10, choices=RecommendationKind.choices)
    status = models.CharField(
        max_length=10, choices=RecommendationStatus.choices, default=RecommendationStatus.OPEN
    )
    bands = models.PositiveSmallIntegerField(default=0)
    threshold = models.FloatField(null=True)
    attempt = models.PositiveIntegerField()
    n = ArrayField(models.PositiveIntegerField())
    k = ArrayField(models.PositiveIntegerField())
    pending = ArrayField(models.PositiveIntegerField(), default=list)
    log_evidence = models.FloatField()
    log_need = models.FloatField()
    miss_rate = models.FloatField()
    criteria_sha256 = models.CharField(max_length=64)
    evidence_sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=500, blank=True)

    class Meta:
        triggers = never_removed()
        constraints = [
            models.UniqueConstraint(
                fields=["standing"], condition=models.Q(status="open"), name="recommendation_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(status="open", ended_at__isnull=True)
                | ~models.Q(status="open") & models.Q(ended_at__isnull=False),
                name="recommendation_ended_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.standing_id}"


class Signature(models.Model):
    """One person who ratified a recommendation, having seen this evidence."""

    recommendation = models.ForeignKey(Recommendation, on_delete=models.PROTECT, related_name="signatures")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    evidence_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(fields=["recommendation", "by"], name="signature_by_different_people")
        ]

    def __str__(self) -> str:
        return f"{self.by}: {self.recommendation_id}"
