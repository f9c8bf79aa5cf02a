"""Judges, what they said about proposals, and how that lies beside what people answered."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from apps.audit.append_only import append_only
from apps.audit.ids import uuid7
from apps.evaluation.states import Scale
from apps.proposals.models import Proposal
from apps.registry.models import Agent, Workflow


class Judge(models.Model):
    """One version of a judge in a workflow, as the agent that reports it names it. Its scale is stated once."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="judges")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    version = models.CharField(max_length=120)
    scale = models.CharField(max_length=10, choices=Scale.choices)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    right_from = models.FloatField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "agent", "name", "version"], name="judge_version_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    scale=Scale.SCORE, low__isnull=False, high__isnull=False, right_from__isnull=False
                )
                | ~models.Q(scale=Scale.SCORE)
                & models.Q(low__isnull=True, high__isnull=True, right_from__isnull=True),
                name="judge_score_says_its_scale",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class JudgeScore(models.Model):
    """What one judge said about one proposal. A newer one `replaces` it and both are kept.

    `said` is its word on the scale. `is_after_answer`: people's answer was there when it came, so that it may have been
    known. `content_sha256` tells the same said again from something new.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    judge = models.ForeignKey(Judge, on_delete=models.PROTECT, related_name="scores", db_index=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="+")
    said = models.CharField(max_length=60)
    score = models.FloatField(null=True)
    reasons = models.TextField(blank=True)
    model = models.CharField(max_length=120, blank=True)
    prompt_sha256 = models.CharField(max_length=64)
    content_sha256 = models.CharField(max_length=64)
    is_after_answer = models.BooleanField()
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="replaced_by", db_index=False
    )
    received_at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(
                fields=["judge", "proposal"],
                condition=models.Q(replaces__isnull=True),
                name="judge_score_begins_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.judge_id} about {self.proposal_id}: {self.said}"


class JudgedCase(models.Model):
    """What of one judge counts about one proposal that has ended, beside what people said; empty: nothing."""

    judge = models.ForeignKey(Judge, on_delete=models.CASCADE, related_name="cases", db_index=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="+", db_index=False)
    said = models.CharField(max_length=60)
    people = models.CharField(max_length=60, blank=True)
    is_after_answer = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["judge", "proposal"], name="judged_case_once")]
        indexes = [models.Index(fields=["judge", "said", "people", "-proposal"], name="judged_case_by_words")]

    def __str__(self) -> str:
        return f"{self.judge_id}: {self.said} / {self.people}"


class JudgeCount(models.Model):
    """How many cases of a judge stand so: what pages read instead of the cases."""

    judge = models.ForeignKey(Judge, on_delete=models.CASCADE, related_name="counts", db_index=False)
    said = models.CharField(max_length=60)
    people = models.CharField(max_length=60, blank=True)
    is_after_answer = models.BooleanField()
    n = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["judge", "said", "people", "is_after_answer"], name="judge_count_once"
            ),
            models.CheckConstraint(condition=models.Q(n__gte=0), name="judge_count_is_none_or_more"),
        ]

    def __str__(self) -> str:
        return f"{self.judge_id}: {self.said} / {self.people}: {self.n}"


class JudgeTerms(models.Model):
    """From which agreement on, and from how many cases, a workflow shows what judges say."""

    KAPPA, CASES = 0.4, 50

    workflow = models.OneToOneField(Workflow, on_delete=models.PROTECT, related_name="judge_terms")
    least_kappa = models.FloatField(
        default=KAPPA, validators=[MinValueValidator(0.2), MaxValueValidator(0.95)]
    )
    least_cases = models.PositiveIntegerField(
        default=CASES, validators=[MinValueValidator(30), MaxValueValidator(100_000)]
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(least_kappa__gte=0.2, least_kappa__lte=0.95, least_cases__gte=30),
                name="judge_terms_ask_for_something",
            )
        ]

    def __str__(self) -> str:
        return f"{self.workflow_id}: {self.least_kappa} from {self.least_cases}"
