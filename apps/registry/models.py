"""What is registered: workflows with their roles, action types, reason codes, agents, versions and keys."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team, User
from apps.accounts.rights import PersonRight, TeamRight
from apps.accounts.roles import Role
from apps.audit.actors import Actor
from apps.audit.append_only import append_only
from apps.registry.fingerprints import VersionFacts
from apps.registry.ordered_json import OrderedJSONField
from apps.registry.revision_triggers import moves_revision
from apps.registry.scopes import (
    LONGEST_REVIEW_DAYS,
    USUAL_REVIEW_DAYS,
    AgentScope,
    check_scopes,
    every_action,
    read,
)
from apps.registry.states import AgentStatus, Consequence, Effect, RecordKind, Reversibility, Scope, Stage


def _person(related: str, label: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name=related, verbose_name=label
    )


class Workflow(models.Model):
    """A business process agents work in, with its five named roles."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    business_owner = _person("owns_workflows", _("business owner"))
    process_owner = _person("runs_workflows", _("process owner"))
    technical_owner = _person("operates_workflows", _("technical owner"))
    governance_lead = _person("governs_workflows", _("governance lead"))
    reviewers = models.ForeignKey(
        Team, on_delete=models.PROTECT, related_name="reviews_workflows", verbose_name=_("human reviewers")
    )
    initial_stage = models.CharField(
        max_length=12,
        choices=[(s.value, s.label) for s in (Stage.SHADOW, Stage.ASSISTED)],
        default=Stage.SHADOW,
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        permissions = [
            (Role.BENEFIT_OWNER.value, "Benefit owner"),
            (Role.PRIVACY_READER.value, "Reader of hidden values"),
        ]
        triggers = [moves_revision()]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(initial_stage__in=["shadow", "assisted"]), name="workflow_initial_stage"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def accountable(self) -> set[User]:
        """The people it names: its business, process and technical owner and its governance lead."""
        return {self.business_owner, self.process_owner, self.technical_owner, self.governance_lead}


class WorkflowPersonRight(PersonRight):
    """A person's role on a workflow."""

    content_object = models.ForeignKey(Workflow, on_delete=models.CASCADE)


class WorkflowTeamRight(TeamRight):
    """A team's role on a workflow."""

    content_object = models.ForeignKey(Workflow, on_delete=models.CASCADE)


class ActionType(models.Model):
    """What may be proposed in a workflow, how much it matters and whether it can be undone."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="action_types")
    name = models.CharField(_("name"), max_length=80)
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    args_schema = OrderedJSONField(_("JSON Schema of the arguments"))
    consequence = models.CharField(max_length=10, choices=Consequence.choices)
    reversibility = models.CharField(
        max_length=12, choices=Reversibility.choices, default=Reversibility.IRREVERSIBLE
    )
    undo_window_seconds = models.PositiveIntegerField(_("can be undone within (seconds)"), default=0)
    effects = ArrayField(models.CharField(max_length=30, choices=Effect.choices), default=list, blank=True)
    amount_limit = models.DecimalField(
        _("amount that needs a second person"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    amount_currency = models.CharField(max_length=3, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        triggers = [moves_revision()]
        constraints = [
            models.UniqueConstraint(fields=["workflow", "name"], name="action_type_once_per_workflow"),
            models.CheckConstraint(
                condition=models.Q(amount_limit__isnull=True) | ~models.Q(amount_currency=""),
                name="action_type_limit_has_currency",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def effect_labels(self) -> list[str]:
        """Its effects in words."""
        return [str(Effect(effect).label) for effect in self.effects]


class ReasonCode(models.Model):
    """Why a person overrides, in the workflow's own words. `is_agents_fault` says whether it tells about the
    agent.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="reason_codes")
    code = models.SlugField(max_length=40)
    label = models.CharField(max_length=120)
    is_agents_fault = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["workflow", "code"], name="reason_code_once_per_workflow")
        ]

    def __str__(self) -> str:
        return self.label


class Agent(models.Model):
    """A registered client that proposes. Its owner may not decide on its proposals."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    owner = _person("owns_agents", _("owner"))
    status = models.CharField(max_length=10, choices=AgentStatus.choices, default=AgentStatus.ACTIVE)

    class Meta:
        triggers = [moves_revision()]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> Actor:
        return Actor("agent", str(self.pk), self.name)


def usual_review_day() -> date:
    """When what is granted today is looked at again, where nobody says otherwise."""
    return timezone.localdate() + timedelta(days=USUAL_REVIEW_DAYS)


class AgentGrant(models.Model):
    """What an agent may propose in a workflow: what fits one of its scopes (see `apps.registry.scopes`).

    People review it every `review_days`, next by `review_on`; `told_on` is when they were last reminded.
    `scopes_since` is when its scopes were last changed.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="grants")
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="agent_grants")
    scopes = models.JSONField(_("scopes"), default=every_action, validators=[check_scopes])
    scopes_since = models.DateTimeField(default=timezone.now)
    review_days = models.PositiveSmallIntegerField(_("reviewed every (days)"), default=USUAL_REVIEW_DAYS)
    review_on = models.DateField(default=usual_review_day)
    told_on = models.DateField(null=True, blank=True)

    class Meta:
        triggers = [moves_revision("agent_id", "workflow_id", "scopes")]
        constraints = [
            models.UniqueConstraint(fields=["agent", "workflow"], name="agent_grant_once"),
            # Nothing granted is no row: an empty list must never be read as everything.
            models.CheckConstraint(condition=~models.Q(scopes=[]), name="agent_grant_has_a_scope"),
            models.CheckConstraint(
                condition=models.Q(review_days__gte=1, review_days__lte=LONGEST_REVIEW_DAYS),
                name="agent_grant_review_days",
            ),
        ]
        indexes = [models.Index(fields=["review_on"], name="agent_grant_due")]

    def __str__(self) -> str:
        return f"{self.agent_id} in {self.workflow_id}"

    @cached_property
    def scope_list(self) -> tuple[AgentScope, ...]:
        """Its scopes as the row was loaded."""
        return read(self.scopes)

    def covers(self, action: str) -> bool:
        """Whether an action type of this name may be proposed at all, within whatever limits."""
        return any(scope.covers(action) for scope in self.scope_list)


class PermissionReview(models.Model):
    """That a person looked at what an agent may propose in a workflow, as `scopes` say it was then. Never changed."""

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="permission_reviews")
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="+", db_index=False)
    scopes = models.JSONField()
    note = models.CharField(_("note"), max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by_name = models.CharField(max_length=200)

    class Meta:
        triggers = append_only()
        indexes = [models.Index(fields=["agent", "workflow", "-at"], name="permission_review_newest")]
        constraints = [models.CheckConstraint(condition=~models.Q(note=""), name="permission_review_note")]

    def __str__(self) -> str:
        return f"{self.agent_id} in {self.workflow_id}: {self.at:%Y-%m-%d}"

    @property
    def scope_list(self) -> tuple[AgentScope, ...]:
        """The scopes that were looked at."""
        return read(self.scopes)


class AgentVersion(models.Model):
    """One fingerprint of an agent: model, prompt, workflow, policy, tools. Trust is earned by version.

    `workflow_version` is that of the agent's own steps, not of a `Workflow` here.
    """

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="versions")
    fingerprint = models.CharField(max_length=64)
    label = models.CharField(max_length=120, blank=True)
    model = models.CharField(max_length=120, blank=True)
    prompt_version = models.CharField(max_length=120, blank=True)
    workflow_version = models.CharField(max_length=120, blank=True)
    policy_version = models.CharField(max_length=120, blank=True)
    tools = models.JSONField(default=list)
    first_seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "fingerprint"], name="agent_version_once_per_fingerprint"
            )
        ]

    def __str__(self) -> str:
        return self.label or self.fingerprint[:8]

    @property
    def facts(self) -> VersionFacts:
        """What the agent said about itself."""
        return VersionFacts(
            model=self.model,
            prompt_version=self.prompt_version,
            policy_version=self.policy_version,
            tools=tuple(self.tools),
            label=self.label,
            workflow_version=self.workflow_version,
        )


class VersionRecord(models.Model):
    """What was found out about a version before or while it works: a validation with its score, or who approved it.

    `name` is what it was validated with (`golden set 12`) or approved for; `score` a share of `cases`; `link` where the
    report can be read. Never changed: a later record stands beside it.
    """

    version = models.ForeignKey(AgentVersion, on_delete=models.PROTECT, related_name="records")
    kind = models.CharField(max_length=10, choices=RecordKind.choices)
    name = models.CharField(max_length=120)
    score = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    cases = models.PositiveIntegerField(null=True, blank=True)
    link = models.URLField(max_length=500, blank=True)
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)

    class Meta:
        triggers = append_only()
        indexes = [models.Index(fields=["version", "-at"], name="version_record_of_version")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind=RecordKind.VALIDATION, score__gte=0, score__lte=1, cases__gte=1)
                | models.Q(kind=RecordKind.APPROVAL, score__isnull=True, cases__isnull=True),
                name="version_record_score_is_a_share_of_cases",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.name}"

    @property
    def percent(self) -> Decimal | None:
        """The score in percent; None of an approval."""
        return None if self.score is None else self.score * 100


class AgentKey(models.Model):
    """A secret an agent signs in with. Only its SHA-256 is kept; 256 random bits need no slow hash."""

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="keys")
    prefix = models.CharField(max_length=12, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices))
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    replaced_by = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaces")

    class Meta:
        triggers = [moves_revision("agent_id", "secret_sha256", "scopes", "expires_at", "revoked_at")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="agent_key_expires_after_its_making",
            ),
            models.CheckConstraint(condition=models.Q(scopes__len__gte=1), name="agent_key_has_a_scope"),
        ]

    def __str__(self) -> str:
        return f"rh_{self.prefix}_…"

    def is_live(self, now: datetime) -> bool:
        """Whether it opens the door at `now`."""
        return self.revoked_at is None and now < self.expires_at


class Revision(models.Model):
    """One row that changes with every change of the registry, so that caches can compare."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    value = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="revision_is_one_row")]

    def __str__(self) -> str:
        return str(self.value)
