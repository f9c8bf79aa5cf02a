"""What people decided on known cases, and what they say against the known answer."""

import pgtrigger
from django.conf import settings
from django.db import models

from apps.audit.append_only import never_removed
from apps.audit.ids import uuid7
from apps.reviews.models.decision import Decision
from apps.reviews.models.gold import GoldCase
from apps.reviews.states import GoldResult, Ruling


class GoldAnswer(models.Model):
    """One person's decision on one showing of a known case. `seen_at`: when they put the news of it aside.

    `is_void`: the known answer turned out to be wrong, so that it counts for and against nobody.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(GoldCase, on_delete=models.PROTECT, related_name="given")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="gold_answer")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    result = models.CharField(max_length=12, choices=GoldResult.choices)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    is_void = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["by", "-at"], name="gold_answer_of_person")]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="answer_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["seen_at", "is_void"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by}: {self.result}"


class GoldDispute(models.Model):
    """A reviewer says that the known answer is wrong; once an answer, and somebody else rules on it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    answer = models.OneToOneField(GoldAnswer, on_delete=models.PROTECT, related_name="dispute")
    note = models.CharField(max_length=1000)
    at = models.DateTimeField()
    ruling = models.CharField(max_length=10, choices=Ruling.choices, blank=True)
    ruling_note = models.CharField(max_length=1000, blank=True)
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ruled_at = models.DateTimeField(null=True)

    class Meta:
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="ruled_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ruled_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["at"], name="gold_dispute_open", condition=models.Q(ruled_at__isnull=True))
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ruled_at__isnull=True, ruled_by__isnull=True, ruling="", ruling_note="")
                | models.Q(ruled_at__isnull=False, ruled_by__isnull=False)
                & ~models.Q(ruling="")
                & ~models.Q(ruling_note=""),
                name="gold_dispute_ruled_by_somebody_who_says_why",
            )
        ]

    def __str__(self) -> str:
        return f"{self.answer}: {self.ruling or 'open'}"
