"""What a reviewer asked the agent about its proposal, and what became of the question."""

import pgtrigger
from django.conf import settings
from django.db import models

from apps.audit.append_only import never_removed
from apps.audit.ids import uuid7
from apps.proposals.models.proposal import Proposal
from apps.proposals.states import Ending


class Question(models.Model):
    """One question of a reviewer, open until it ends; a proposal has at most one open.

    `answer_by` is when the reviewers go on without an answer. `answer_sha256` is the digest of the answer with its
    evidence: the same one sent again has the effect of one.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="questions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="questions")
    text = models.TextField()
    asked_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=12, choices=Ending.choices, blank=True)
    answer = models.TextField(blank=True)
    answer_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        indexes = [
            models.Index(fields=["by"], name="question_open_of", condition=models.Q(ended_at__isnull=True))
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal"], condition=models.Q(ended_at__isnull=True), name="question_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(answer_by__gt=models.F("asked_at")), name="question_leaves_time_to_answer"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ending="")
                | models.Q(ended_at__isnull=False) & ~models.Q(ending=""),
                name="question_ended_has_its_ending",
            ),
            models.CheckConstraint(
                condition=models.Q(ending=Ending.ANSWERED)
                & ~models.Q(answer="")
                & ~models.Q(answer_sha256="")
                | ~models.Q(ending=Ending.ANSWERED) & models.Q(answer="", answer_sha256=""),
                name="question_answered_has_its_answer",
            ),
        ]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="question_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("proposal", "by", "text", "asked_at", "answer_by"),
            ),
            pgtrigger.Protect(
                name="ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]
