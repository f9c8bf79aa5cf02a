"""What an agent proposed: the proposal, its evidence and alternatives, and how it was assessed on arrival."""

from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models

from apps.audit.append_only import append_only, never_removed
from apps.audit.ids import uuid7
from apps.audit.spelling import Plain, is_odd
from apps.proposals.states import ERASED, TRANSITIONS, EvidenceKind, Provenance, Status, Substatus
from apps.registry.marks import with_sensitive
from apps.registry.models import ActionType, Agent, AgentVersion, Workflow
from apps.registry.states import Consequence, Reversibility, Stage
from apps.routing.models import PolicyVersion
from apps.routing.states import Route
from apps.trust.models import Slice
from apps.trust.states import Basis

# In no language's stems: agents write in many, and what is searched for are names and numbers.
WORDS = SearchVector("summary", config="simple")
_CONTENT = (
    "external_id",
    "workflow",
    "action_type",
    "agent",
    "agent_version",
    "args",
    "args_sha256",
    "content_sha256",
    "slice",
    "created_at",
    "expires_at",
    "summary",
    "hidden",
    "masked",
    "rationale",
    "confidence",
    "subject_kind",
    "subject_id",
    "impact",
    "run",
    "state",
    "stage",
    "route",
    "basis",
    "coin",
    "audit_rate",
    "is_copy",
    "consequence",
    "reversibility",
    "supersedes",
    "erased_at",
)


class Proposal(models.Model):
    """One decision unit from one agent run. Its content never changes after intake; its status does.

    `version` grows with every change an agent can see; it is the ETag. `summary`, `subject_id` and `impact` hold no
    sensitive value (see `masking`), as they stand in lists and messages; `hidden` is what was taken out of them.
    `masked` are arguments a rule hides beside those its action type always does.
    `basis` is why a person looks at it or would; `coin` and `audit_rate` are those of the audit, where it could act by
    itself; in shadow `audit_rate` is the share that blind reviewers look at. Until `veto_until` a person may stop it.
    `is_copy`: made for an examination; its agent never sees it and it never yields a grant. `supersedes` is the agent's
    earlier proposal whose place it took. `erased_at`: its contents were taken out (see `apps.privacy`); what is left
    says when and how it was decided, and its digests say nothing of what they were made of.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="proposals")
    action_type = models.ForeignKey(ActionType, on_delete=models.PROTECT, related_name="proposals")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="proposals")
    agent_version = models.ForeignKey(
        AgentVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    slice = models.ForeignKey(Slice, on_delete=models.PROTECT, related_name="proposals", db_index=False)

    external_id = models.CharField(max_length=200)
    args = models.JSONField()
    args_sha256 = models.CharField(max_length=64)
    content_sha256 = models.CharField(max_length=64)
    summary = models.CharField(max_length=500)
    hidden = models.JSONField(default=dict)
    masked = ArrayField(models.CharField(max_length=120), default=list)
    rationale = models.TextField(blank=True)
    confidence = models.FloatField()
    subject_kind = models.CharField(max_length=60, blank=True)
    subject_id = models.CharField(max_length=200, blank=True)
    impact = models.JSONField(default=dict)
    run = models.JSONField(default=dict)
    state = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    consequence = models.CharField(max_length=10, choices=Consequence.choices)
    reversibility = models.CharField(max_length=12, choices=Reversibility.choices)
    stage = models.CharField(max_length=12, choices=Stage.choices)
    route = models.CharField(max_length=10, choices=Route.choices)

    basis = models.CharField(max_length=10, choices=Basis.choices, default=Basis.FULL)
    coin = models.FloatField(null=True)
    audit_rate = models.FloatField(null=True)
    veto_until = models.DateTimeField(null=True)
    is_copy = models.BooleanField(default=False)
    supersedes = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by", db_index=False
    )

    status = models.CharField(max_length=10, choices=Status.choices)
    substatus = models.CharField(max_length=20, choices=Substatus.choices, default=Substatus.NONE)
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["agent", "-id"], name="proposal_of_agent"),
            models.Index(fields=["slice", "-id"], name="proposal_of_slice"),
            GinIndex(WORDS, name="proposal_words"),
            models.Index(fields=["subject_id", "-id"], name="proposal_about_subject"),
            models.Index(
                Plain("subject_id"), name="proposal_about_oddly_typed", condition=is_odd("subject_id")
            ),
            models.Index(
                fields=["expires_at"],
                name="proposal_expiring",
                condition=models.Q(status=Status.PENDING, expires_at__isnull=False),
            ),
            models.Index(
                fields=["slice"], name="proposal_pending", condition=models.Q(status=Status.PENDING)
            ),
            models.Index(
                fields=["workflow", "ended_at"],
                name="proposal_with_contents",
                condition=models.Q(ended_at__isnull=False, erased_at__isnull=True, is_copy=False),
            ),
            models.Index(
                fields=["veto_until"],
                name="proposal_in_veto_window",
                condition=models.Q(status=Status.PENDING, substatus=Substatus.VETO_WINDOW),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "external_id"],
                condition=models.Q(is_copy=False),
                name="proposal_external_id_once",
            ),
            models.UniqueConstraint(
                fields=["supersedes"],
                condition=models.Q(supersedes__isnull=False),
                name="proposal_superseded_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(substatus=Substatus.SUPERSEDED) | models.Q(status=Status.CANCELLED),
                name="proposal_superseded_is_cancelled",
            ),
            models.CheckConstraint(
                condition=models.Q(confidence__gte=0, confidence__lte=1),
                name="proposal_confidence_is_a_share",
            ),
            models.CheckConstraint(
                condition=models.Q(status=Status.PENDING, ended_at__isnull=True)
                | ~models.Q(status=Status.PENDING) & models.Q(ended_at__isnull=False),
                name="proposal_ended_has_its_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(is_copy=True, status__in=[Status.APPROVED, Status.DENIED, Status.FAILED]),
                name="proposal_copy_is_only_recorded",
            ),
            models.CheckConstraint(
                condition=~models.Q(route=Route.ACT)
                | models.Q(stage=Stage.SUPERVISED, coin__isnull=False, audit_rate__gt=0),
                name="proposal_acts_only_supervised_and_audited",
            ),
            models.CheckConstraint(
                condition=~models.Q(stage=Stage.SHADOW) | models.Q(status=Status.RECORDED),
                name="proposal_in_shadow_is_only_recorded",
            ),
            models.CheckConstraint(
                condition=models.Q(erased_at__isnull=True)
                | ~models.Q(status=Status.PENDING)
                & models.Q(
                    summary=ERASED,
                    args={},
                    hidden={},
                    impact={},
                    run={},
                    **dict.fromkeys(("rationale", "state", "subject_kind", "subject_id"), ""),
                ),
                name="proposal_erased_says_nothing",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="content_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(*_CONTENT),
            ),
            *never_removed(),
            pgtrigger.FSM(
                name="status_moves",
                field="status",
                transitions=[(before.value, after.value) for before, after in TRANSITIONS.values()],
            ),
        ]

    def __str__(self) -> str:
        return self.summary

    @property
    def args_schema(self) -> dict[str, Any]:
        """The schema of its arguments, with what a rule hides of them marked. Wants `action_type` loaded."""
        return with_sensitive(self.action_type.args_schema, self.masked)

    @property
    def sent_summary(self) -> str:
        """The summary as the agent sent it, with what not everybody may see."""
        return str(self.hidden.get("summary", self.summary))

    @property
    def sent_impact(self) -> dict[str, Any]:
        """The impact as the agent sent it, with what not everybody may see."""
        return {**self.impact, **{name: self.hidden[name] for name in ("amount",) if name in self.hidden}}

    @property
    def chance_of_review(self) -> float:
        """With which chance it was chosen to be looked at: 1 where everything is."""
        is_sampled = self.basis in (Basis.AUDIT, Basis.SHADOW)
        return self.audit_rate if is_sampled and self.audit_rate else 1.0

    @property
    def cell_address(self) -> tuple[Consequence, Reversibility]:
        """Where it stands in the consequence x reversibility matrix."""
        return Consequence(self.consequence), Reversibility(self.reversibility)


class Alternative(models.Model):
    """Another action the agent considered. No action name means: do nothing."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="alternatives")
    rank = models.PositiveSmallIntegerField()
    action_name = models.CharField(max_length=80, blank=True)
    args = models.JSONField(null=True)
    args_sha256 = models.CharField(max_length=64, blank=True)
    summary = models.CharField(max_length=500)
    probability = models.FloatField(null=True)
    risks = models.JSONField(default=list)

    class Meta:
        ordering = ["rank"]
        triggers = append_only()
        constraints = [models.UniqueConstraint(fields=["proposal", "rank"], name="alternative_rank_once")]

    def __str__(self) -> str:
        return f"{self.rank}: {self.summary}"


class Evidence(models.Model):
    """An item the agent relied on. With a `question`, it came after the proposal, in answer to that."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="evidence", db_index=False)
    question = models.ForeignKey(
        "proposals.Question", null=True, on_delete=models.PROTECT, related_name="evidence", db_index=False
    )
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=100, blank=True)
    claim = models.CharField(max_length=1000, blank=True)
    kind = models.CharField(max_length=12, choices=EvidenceKind.choices)
    provenance = models.CharField(max_length=10, choices=Provenance.choices)
    title = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=300, blank=True)
    uri = models.CharField(max_length=2000, blank=True)
    content = models.TextField(blank=True)
    digest = models.CharField(max_length=200, blank=True)
    retrieved_at = models.DateTimeField(null=True)
    is_untrusted = models.BooleanField(default=True)

    class Meta:
        ordering = ["position"]
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(fields=["proposal", "position"], name="evidence_position_once")
        ]

    def __str__(self) -> str:
        return self.title or self.claim or self.key


class Assessment(models.Model):
    """What the three layers answered on arrival, and everything they looked at, so it can be run again."""

    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="assessment")
    policy_version = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    route = models.CharField(max_length=10, choices=Route.choices)
    reasons = models.JSONField()
    facts = models.JSONField()
    trust = models.JSONField(default=dict)
    slice_stage = models.CharField(max_length=12, choices=Stage.choices)
    slice_threshold = models.FloatField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.route}"
