"""The bank of gold tasks: proposals whose right answer is known, shown again to people who do not know it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.audit.append_only import never_removed
from apps.audit.ids import uuid7
from apps.proposals.models import Proposal
from apps.registry.models import Workflow
from apps.reviews.states import GoldSource


class GoldCase(models.Model):
    """A proposal in the bank. It is shown through copies (`Examination` with the purpose replay).

    `is_mistake`: the proposed action is wrong. Only such cases measure what reviewers miss; right ones among them keep
    "always reject" from looking careful. `answers` are digests of the actions that are right; an empty one is a
    rejection or to do nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="+", db_index=False)
    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="gold_case")
    source = models.CharField(max_length=12, choices=GoldSource.choices)
    is_mistake = models.BooleanField()
    answers = ArrayField(models.CharField(max_length=64, blank=True))
    explanation = models.CharField(max_length=500, blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    retired_at = models.DateTimeField(null=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    retired_because = models.CharField(max_length=500, blank=True)

    class Meta:
        triggers = never_removed()
        indexes = [
            models.Index(
                fields=["workflow"], name="gold_case_in_use", condition=models.Q(retired_at__isnull=True)
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(retired_at__isnull=True, retired_because="")
                | models.Q(retired_at__isnull=False) & ~models.Q(retired_because=""),
                name="gold_case_retired_has_its_reason",
            ),
            models.CheckConstraint(condition=~models.Q(answers__len=0), name="gold_case_has_an_answer"),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.proposal_id}"


class GoldReading(models.Model):
    """Somebody was shown a case as a known one, on a page or in a message: they are not shown it as a task again."""

    case = models.ForeignKey(GoldCase, on_delete=models.PROTECT, related_name="readings", db_index=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "by"], name="gold_reading_once")]
        triggers = never_removed()

    def __str__(self) -> str:
        return f"{self.by} knows {self.case_id}"


class Seeding(models.Model):
    """How far the seeding of gold tasks has come: the last decision it has looked at. There is one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    decided_until = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="seeding_one_row")]

    def __str__(self) -> str:
        return f"until {self.decided_until}"
