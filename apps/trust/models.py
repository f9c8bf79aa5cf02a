"""Slices of work, each with the stage it has earned, and the append-only ledger of evidence about it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.append_only import append_only
from apps.registry.models import ActionType, Agent, AgentVersion, Workflow
from apps.registry.states import Stage
from apps.trust.states import NotEvidence, Source


class Slice(models.Model):
    """The scope in which trust is earned: workflow x action type x segment x agent.

    `counted`, `wrong` and `not_counted` are the ledger's totals, kept under this row's lock.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="slices")
    action_type = models.ForeignKey(ActionType, on_delete=models.PROTECT, related_name="slices")
    segment = models.SlugField(max_length=60, default="all")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="slices")
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices)
    threshold = models.FloatField(_("confidence above which it acts"), null=True)
    counted = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    not_counted = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    stage_since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["action_type", "segment", "agent"], name="slice_once"),
            models.CheckConstraint(
                condition=models.Q(wrong__lte=models.F("counted")), name="slice_wrong_in_counted"
            ),
            models.CheckConstraint(
                condition=models.Q(threshold__isnull=True) | models.Q(threshold__gte=0, threshold__lte=1),
                name="slice_threshold_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        segment = "" if self.segment == "all" else f" ({self.segment})"
        return f"{self.action_type.title}{segment} · {self.agent.name}"

    @property
    def agreed(self) -> int:
        """How many of the counted decisions took the proposed action."""
        return self.counted - self.wrong

    @property
    def agreement(self) -> float | None:
        """The share of the counted decisions that took the proposed action; None before the first."""
        return self.agreed / self.counted if self.counted else None


class LedgerEntry(models.Model):
    """One piece of evidence for a slice, exactly once per source, or the typed reason why it did not count.

    `wrong` is the person's verdict on the proposed action where there is one, whether or not the entry counts.
    """

    slice = models.ForeignKey(Slice, on_delete=models.PROTECT, related_name="ledger")
    agent_version = models.ForeignKey(AgentVersion, on_delete=models.PROTECT, related_name="+")
    proposal_id = models.UUIDField()
    source_kind = models.CharField(max_length=10, choices=Source.choices)
    source_id = models.UUIDField()
    is_counted = models.BooleanField()
    not_counted_because = models.CharField(max_length=20, choices=NotEvidence.choices, blank=True)
    wrong = models.BooleanField(null=True)
    confidence = models.FloatField()
    content_sha256 = models.CharField(max_length=64)
    decided_by = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        indexes = [models.Index(fields=["slice", "-at"], name="ledger_of_slice")]
        constraints = [
            models.UniqueConstraint(fields=["source_kind", "source_id"], name="ledger_once_per_source"),
            models.UniqueConstraint(
                fields=["slice", "content_sha256"],
                condition=models.Q(is_counted=True),
                name="ledger_counts_content_once",
            ),
            models.CheckConstraint(
                condition=models.Q(is_counted=True, not_counted_because="", wrong__isnull=False)
                | models.Q(is_counted=False) & ~models.Q(not_counted_because=""),
                name="ledger_counts_or_says_why_not",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slice_id}: {self.source_kind} {self.source_id}"
