"""What came of a proposal: the agent's report, later truth, and what people really did."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.append_only import append_only
from apps.audit.ids import uuid7
from apps.proposals.models.proposal import Proposal
from apps.proposals.states import Disposition, Verdict
from apps.registry.states import Consequence
from apps.routing.states import Verb


class Result(models.Model):
    """What the agent reports after carrying an approved action out, or not."""

    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="result")
    disposition = models.CharField(max_length=16, choices=Disposition.choices)
    detail = models.TextField(blank=True)
    cost = models.DecimalField(max_digits=16, decimal_places=6, null=True)
    duration_ms = models.PositiveBigIntegerField(null=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        indexes = [models.Index(fields=["received_at"], name="result_newest")]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.disposition}"

    def is_same(self, other: "Result") -> bool:
        """Whether both report the same thing, whenever each came in."""
        fields = ("proposal_id", "disposition", "detail", "cost", "duration_ms", "occurred_at")
        return all(getattr(self, name) == getattr(other, name) for name in fields)


class Outcome(models.Model):
    """What became true later: a refund reversed, a complaint.

    `by` is the person who reported it; without one the agent did. What turns out not to be so is never changed: a later
    outcome `corrects` it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="outcomes")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    severity = models.CharField(max_length=10, choices=Consequence.choices, default=Consequence.LOW)
    source = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    corrects = models.OneToOneField(
        "proposals.Outcome", null=True, on_delete=models.PROTECT, related_name="corrected_by"
    )
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.verdict}"


class HumanAction(models.Model):
    """What people really did in the process, for comparison with a shadow proposal.

    With `by`, what this person would have done, having seen the proposal: `verb`, `reason_code` and `note` say it as a
    decision would. One opinion a person.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="human_actions")
    action_name = models.CharField(max_length=80, blank=True)
    args = models.JSONField(null=True)
    args_sha256 = models.CharField(max_length=64, blank=True)
    actor = models.CharField(max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    verb = models.CharField(max_length=20, choices=Verb.choices, blank=True)
    reason_code = models.SlugField(max_length=60, blank=True)
    note = models.TextField(blank=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "by"],
                condition=models.Q(by__isnull=False),
                name="human_action_one_opinion_a_person",
            ),
            models.CheckConstraint(
                condition=models.Q(by__isnull=True, verb="")
                | models.Q(by__isnull=False) & ~models.Q(verb=""),
                name="human_action_opinion_has_its_verb",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.action_name or _('no action')}"

    def is_same(self, other: "HumanAction") -> bool:
        """Whether both report the same thing, whenever each came in."""
        fields = ("proposal_id", "action_name", "args_sha256", "actor", "occurred_at")
        return all(getattr(self, name) == getattr(other, name) for name in fields)
