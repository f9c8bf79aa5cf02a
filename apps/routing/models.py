"""Versions of the routing policy (the consequence x reversibility matrix, the rules); what each slice has seen."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.audit.append_only import append_only
from apps.registry.models import Workflow
from apps.registry.revision_triggers import moves_revision
from apps.registry.states import Consequence, Reversibility, Stage
from apps.routing.states import DEFAULT_CHAIN, LONGEST_VETO_MINUTES, USUALLY_BLIND, BlindFirst, Fallback, Verb
from apps.trust.models import Slice


class PolicyVersion(models.Model):
    """One published version of matrix and rules, for one workflow or (workflow null) for all others."""

    workflow = models.ForeignKey(
        Workflow, null=True, on_delete=models.PROTECT, related_name="policy_versions"
    )
    number = models.PositiveIntegerField()
    reason = models.CharField(max_length=500)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=200)

    class Meta:
        triggers = [*append_only(), moves_revision()]
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "number"], nulls_distinct=False, name="policy_version_number_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.workflow.slug if self.workflow else 'default'} v{self.number}"


def usually_blind() -> list[str]:
    """What a cell asks for that says nothing of it."""
    return [look.value for look in USUALLY_BLIND]


class MatrixCell(models.Model):
    """What happens to actions of one consequence and reversibility.

    `queue` is a queue's slug, `sla` that of the SLA policy whose targets count, `chain` that of the escalation chain.
    Of what acts by itself at least `audit_floor` (a share) is audited, and it waits at least `veto_minutes` for a veto.
    `blind_first` are the looks of which the reviewer says first, without the agent's choice, what they would do.
    """

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="cells")
    consequence = models.CharField(max_length=10, choices=Consequence.choices)
    reversibility = models.CharField(max_length=12, choices=Reversibility.choices)
    queue = models.SlugField(max_length=60)
    quorum = models.PositiveSmallIntegerField(default=1)
    sla = models.SlugField(max_length=60)
    chain = models.SlugField(max_length=60, default=DEFAULT_CHAIN)
    fallback = models.CharField(max_length=10, choices=Fallback.choices, default=Fallback.HOLD)
    verbs = ArrayField(models.CharField(max_length=20, choices=Verb.choices))
    ceiling = models.CharField(max_length=12, choices=Stage.choices)
    evidence_stale_after = models.CharField(max_length=10, default="24h")
    audit_floor = models.FloatField(default=0)
    veto_minutes = models.PositiveSmallIntegerField(default=0)
    blind_first = ArrayField(
        models.CharField(max_length=10, choices=BlindFirst.choices), default=usually_blind
    )

    class Meta:
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(
                fields=["version", "consequence", "reversibility"], name="matrix_cell_once"
            ),
            models.CheckConstraint(
                condition=models.Q(quorum__gte=1, quorum__lte=2), name="matrix_cell_quorum"
            ),
            models.CheckConstraint(
                condition=~models.Q(ceiling=Stage.SUPERVISED)
                | ~models.Q(consequence=Consequence.CRITICAL)
                & ~models.Q(consequence=Consequence.HIGH, reversibility=Reversibility.IRREVERSIBLE),
                name="matrix_cell_ceiling_is_possible",
            ),
            models.CheckConstraint(
                condition=~models.Q(ceiling=Stage.SUSPENDED), name="matrix_cell_ceiling_is_a_stage"
            ),
            models.CheckConstraint(
                condition=models.Q(audit_floor__gte=0, audit_floor__lte=1),
                name="matrix_cell_floor_is_a_share",
            ),
            models.CheckConstraint(
                condition=models.Q(veto_minutes__lte=LONGEST_VETO_MINUTES),
                name="matrix_cell_veto_within_a_week",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consequence} x {self.reversibility}"


class PolicyRule(models.Model):
    """One rule of a version, at its place in line: a condition (see `routing.rules`) and what it asks for."""

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="rules")
    position = models.PositiveSmallIntegerField()
    slug = models.SlugField(max_length=60)
    title = models.CharField(max_length=120)
    when = models.TextField()
    effects = models.JSONField()

    class Meta:
        ordering = ["position"]
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="policy_rule_position_once"),
            models.UniqueConstraint(fields=["version", "slug"], name="policy_rule_slug_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Sighting(models.Model):
    """A categorical argument value, or a pair of them, that a slice has seen at least once."""

    slice = models.ForeignKey(Slice, on_delete=models.CASCADE, related_name="sightings")
    fingerprint = models.CharField(max_length=32)
    label = models.CharField(max_length=300)
    first_seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slice", "fingerprint"], name="sighting_once")]

    def __str__(self) -> str:
        return self.label
