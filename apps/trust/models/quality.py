"""What blind replays of confirmed mistakes showed about reviewers."""

from django.conf import settings
from django.db import models

from apps.audit.append_only import append_only
from apps.registry.models import Workflow


class Seed(models.Model):
    """One confirmed mistake that was shown again to one reviewer, who did not know: caught or missed."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="seeds")
    proposal_id = models.UUIDField()
    replay_id = models.UUIDField(unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    was_missed = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        indexes = [models.Index(fields=["workflow", "-at"], name="seed_of_workflow")]

    def __str__(self) -> str:
        return f"{self.by}: {'missed' if self.was_missed else 'caught'}"


class SeedVoid(models.Model):
    """A seed that does not count any more, because what was taken for a mistake was none."""

    seed = models.OneToOneField(Seed, on_delete=models.PROTECT, related_name="void")
    because = models.CharField(max_length=500)
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.seed}: void"


class ReviewerQuality(models.Model):
    """How many seeds a reviewer was shown and missed. `is_careless`: provably catches too few, so does not count."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="review_quality"
    )
    seeds = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)
    is_careless = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(missed__lte=models.F("seeds")), name="quality_missed_in_seeds"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.missed} of {self.seeds}"
