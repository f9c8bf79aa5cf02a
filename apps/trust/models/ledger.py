"""The append-only ledger of evidence, and the append-only history of what moved because of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.audit.append_only import append_only
from apps.registry.models import AgentVersion
from apps.trust.models.slices import Criteria, Slice
from apps.trust.states import Basis, Divergence, Feeds, Move, NotEvidence, Source


class LedgerEntry(models.Model):
    """One piece of evidence for a slice, exactly once per source, or the typed reason why it did not count.

    `wrong` is the person's verdict on the proposed action where there is one, whether or not the entry counts. `band`,
    `feeds`, `tested` (the error tested then) and `criteria` (their version then) are what recomputing needs. An outcome
    or a veto is not counted and can still feed the alarm. `rate` is the chance with which it was chosen to be looked
    at: 1 but for audits and blind looks; the proof holds no other. `divergence` is how what people did differs from
    what was proposed, `differing` names the arguments.
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
    basis = models.CharField(max_length=10, choices=Basis.choices, default=Basis.FULL)
    rate = models.FloatField(default=1)
    band = models.PositiveSmallIntegerField(null=True)
    feeds = models.CharField(max_length=10, choices=Feeds.choices, blank=True)
    tested = models.FloatField(default=0.05)
    criteria = models.ForeignKey(
        Criteria, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject = models.CharField(max_length=200, blank=True)
    content_sha256 = models.CharField(max_length=64)
    divergence = models.CharField(max_length=12, choices=Divergence.choices, blank=True)
    differing = ArrayField(models.CharField(max_length=120), default=list)
    decided_by = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        indexes = [
            models.Index(fields=["slice", "-at"], name="ledger_of_slice"),
            models.Index(
                fields=["slice", "-at"],
                name="ledger_of_later_truth",
                condition=models.Q(source_kind__in=["outcome", "veto"]),
            ),
            models.Index(
                fields=["slice", "subject", "-at"],
                name="ledger_about_subject",
                condition=models.Q(is_counted=True) & ~models.Q(subject=""),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source_kind", "source_id"], name="ledger_once_per_source"),
            models.UniqueConstraint(
                fields=["slice", "content_sha256"],
                condition=models.Q(is_counted=True),
                name="ledger_counts_content_once",
            ),
            models.CheckConstraint(
                condition=models.Q(is_counted=True, not_counted_because="", wrong__isnull=False)
                & ~models.Q(feeds="")
                | models.Q(is_counted=False) & ~models.Q(not_counted_because=""),
                name="ledger_counts_or_says_why_not",
            ),
            models.CheckConstraint(
                condition=models.Q(rate__gt=0, rate__lte=1), name="ledger_rate_is_a_chance"
            ),
            models.CheckConstraint(
                condition=~models.Q(feeds="proof") | models.Q(rate=1), name="ledger_proof_is_not_sampled"
            ),
            models.CheckConstraint(
                condition=models.Q(is_counted=False)
                | models.Q(source_kind__in=[Source.DECISION, Source.HUMAN]) & ~models.Q(decided_by=""),
                name="ledger_counts_named_people_only",
            ),
            models.CheckConstraint(
                condition=~models.Q(feeds="proof") | models.Q(is_counted=True, band__isnull=False),
                name="ledger_proof_is_counted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slice_id}: {self.source_kind} {self.source_id}"


class TrustEvent(models.Model):
    """Something that moved, with all that justified it: counts, evidence, need, miss rate, criteria, people.

    `after_entry` is the last ledger entry of the version before it (0: none); with it the history can be folded again.
    """

    slice = models.ForeignKey(Slice, on_delete=models.PROTECT, related_name="trust_events")
    agent_version = models.ForeignKey(
        AgentVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    move = models.CharField(max_length=12, choices=Move.choices)
    at = models.DateTimeField()
    after_entry = models.BigIntegerField(default=0)
    attempt = models.PositiveIntegerField()
    n = ArrayField(models.PositiveIntegerField())
    k = ArrayField(models.PositiveIntegerField())
    running = models.PositiveSmallIntegerField()
    alarm = models.FloatField()
    log_evidence = models.FloatField(null=True)
    log_need = models.FloatField(null=True)
    miss_rate = models.FloatField()
    criteria_sha256 = models.CharField(max_length=64)
    people = ArrayField(models.CharField(max_length=200), default=list)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        triggers = append_only()
        indexes = [models.Index(fields=["slice", "-at"], name="trust_event_of_slice")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(move__in=["promoted", "lowered"])
                | models.Q(people__len=2, log_evidence__isnull=False, log_need__isnull=False),
                name="promotion_has_evidence_and_two_people",
            )
        ]

    def __str__(self) -> str:
        return f"{self.slice_id}: {self.move}"
