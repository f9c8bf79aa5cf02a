"""Slices of work, the criteria they are judged by, and what each agent version has earned in them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.append_only import append_only, never_removed
from apps.audit.ids import uuid7
from apps.registry.models import ActionType, Agent, AgentVersion, Workflow
from apps.registry.revision_triggers import moves_revision
from apps.registry.states import Stage
from apps.trust.controller import EDGES, Earned
from apps.trust.movement import BOUNDS
from apps.trust.statistics.coin import RATES, STEPS


class Segment(models.Model):
    """A part of the work of an action type that earns its trust by itself. The first that fits, by position, counts.

    `when` is its condition (see `apps.trust.segments`).
    """

    action_type = models.ForeignKey(ActionType, on_delete=models.PROTECT, related_name="segments")
    slug = models.SlugField(max_length=60)
    name = models.CharField(_("name"), max_length=120)
    when = models.TextField(_("holds a proposal when"))
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["position", "slug"]
        triggers = [moves_revision(), *never_removed()]
        constraints = [
            models.UniqueConstraint(fields=["action_type", "slug"], name="segment_slug_once"),
            models.CheckConstraint(condition=~models.Q(slug="all"), name="segment_all_is_the_rest"),
        ]

    def __str__(self) -> str:
        return self.name


class Slice(models.Model):
    """The scope in which trust is earned: workflow x action type x segment x agent.

    `counted`, `wrong` and `not_counted` are the ledger's totals over all versions, kept under this row's lock; `judged`
    and `refused` are all verdicts of people and those against the action, for the eye (see `judging`). `seeds`
    and `missed` are what blind replays showed about the workflow's reviewers. `stage` is what people let it have; a
    version acts only above what its own standing has earned; `threshold` is that of the newest promotion.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="slices")
    action_type = models.ForeignKey(ActionType, on_delete=models.PROTECT, related_name="slices")
    segment = models.SlugField(max_length=60, default="all")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="slices")
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices)
    threshold = models.FloatField(_("confidence above which it acts"), null=True)
    criteria = models.ForeignKey(
        "trust.Criteria", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    seeds = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)
    counted = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    not_counted = models.PositiveIntegerField(default=0)
    judged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    stage_since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["action_type", "segment", "agent"], name="slice_once"),
            models.CheckConstraint(
                condition=models.Q(wrong__lte=models.F("counted")), name="slice_wrong_in_counted"
            ),
            models.CheckConstraint(
                condition=models.Q(refused__lte=models.F("judged")), name="slice_refused_in_judged"
            ),
            models.CheckConstraint(
                condition=models.Q(missed__lte=models.F("seeds")), name="slice_missed_in_seeds"
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
        """How many verdicts of people took the proposed action."""
        return self.judged - self.refused

    @property
    def agreement(self) -> float | None:
        """The share of people's verdicts that took the proposed action; None before the first."""
        return self.agreed / self.judged if self.judged else None


def _audit_rates() -> list[float]:
    return list(RATES)


def _audit_steps() -> list[int]:
    return list(STEPS)


class Criteria(models.Model):
    """One version of what a slice is judged by. Never changed; saving others makes the next number.

    `second_look_early`: also before a promotion an override counts only when a second person agrees. `reading_seconds`:
    a faster decision does not count. `subject_cap`: at most so many counted about one subject in 24 hours.
    `veto_minutes`: how long an action waits in its veto window; `veto_always`: also where the matrix asks for none.
    `shadow_days`: the least time in shadow. `blind_share`: the share of shadow proposals shown to a blind reviewer.
    What moves a standing up and down is explained, with its bounds, in `apps.trust.movement`.
    """

    slice = models.ForeignKey(Slice, on_delete=models.PROTECT, related_name="criteria_versions")
    number = models.PositiveIntegerField()
    edges = ArrayField(models.FloatField())
    alpha = models.FloatField(_("target error"))
    delta = models.FloatField(_("chance of ever holding a wrong certificate"))
    second_look_early = models.BooleanField(default=True)
    reading_seconds = models.PositiveSmallIntegerField(default=0)
    subject_cap = models.PositiveSmallIntegerField(default=20)
    veto_minutes = models.PositiveSmallIntegerField(default=15)
    veto_always = models.BooleanField(default=False)
    shadow_days = models.PositiveSmallIntegerField(default=0)
    blind_share = models.FloatField(default=0)
    alarm_level = models.FloatField(default=100)
    resume_after = models.PositiveSmallIntegerField(default=0)
    audit_rates = ArrayField(models.FloatField(), default=_audit_rates)
    audit_steps = ArrayField(models.PositiveIntegerField(), default=_audit_steps)
    thin_audits = models.PositiveSmallIntegerField(default=50)
    thin_days = models.PositiveSmallIntegerField(default=180)
    useful_error = models.FloatField(default=0.2)
    useful_need = models.FloatField(default=20)
    start_over_every = models.PositiveSmallIntegerField(default=500)
    reason = models.CharField(max_length=500)
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(fields=["slice", "number"], name="criteria_number_once"),
            models.CheckConstraint(
                condition=models.Q(alpha__gt=0, alpha__lt=0.25, delta__gt=0, delta__lt=0.5),
                name="criteria_levels_are_valid",
            ),
            models.CheckConstraint(
                condition=models.Q(blind_share__gte=0, blind_share__lte=1), name="criteria_blind_share"
            ),
            models.CheckConstraint(condition=models.Q(veto_minutes__gte=1), name="criteria_veto_minutes"),
            models.CheckConstraint(
                condition=models.Q(
                    **{f"{name}__range": bounds for name, bounds in sorted(BOUNDS.items())},
                    audit_rates__len__gte=1,
                ),
                name="criteria_movement_in_bounds",
            ),
            # A random audit never stops.
            models.CheckConstraint(
                condition=models.Func(
                    models.F("audit_rates"),
                    template="0 < ALL(%(expressions)s)",
                    output_field=models.BooleanField(),
                ),
                name="criteria_always_audits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slice_id} v{self.number}"


def _zeros() -> list[int]:
    return [0] * len(EDGES)


class Standing(models.Model):
    """What one agent version has earned in a slice. Its row's lock is the lock of the evidence.

    `n`, `k` and `seen` are per band, the highest confidences first. `awaiting` second looks hold what runs.
    `is_ripe`: the counts alone certify something; whether they still do with pending reviews counted as wrong is asked
    then, of those before `newest_counted`, the newest proposal that counted. `is_recommended`: people are asked.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slice = models.ForeignKey(Slice, on_delete=models.PROTECT, related_name="standings", db_index=False)
    agent_version = models.ForeignKey(
        AgentVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    attempt = models.PositiveIntegerField(default=1)
    n = ArrayField(models.PositiveIntegerField(), default=_zeros)
    k = ArrayField(models.PositiveIntegerField(), default=_zeros)
    seen = ArrayField(models.PositiveIntegerField(), default=_zeros)
    running = models.PositiveSmallIntegerField(default=0)
    alarm = models.FloatField(default=0)
    audited = models.PositiveIntegerField(default=0)
    useful_n = models.PositiveIntegerField(default=0)
    useful_k = models.PositiveIntegerField(default=0)
    awaiting = models.PositiveIntegerField(default=0)
    is_ripe = models.BooleanField(default=False)
    is_recommended = models.BooleanField(default=False)
    newest_counted = models.UUIDField(null=True)
    promoted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        triggers = never_removed()
        constraints = [
            models.UniqueConstraint(fields=["slice", "agent_version"], name="standing_once"),
            models.CheckConstraint(
                condition=models.Q(running=0, promoted_at__isnull=True, audited=0, alarm=0)
                | models.Q(running__gt=0, promoted_at__isnull=False, alarm__gte=0),
                name="standing_runs_since_its_promotion",
            ),
            models.CheckConstraint(condition=models.Q(attempt__gte=1), name="standing_attempt"),
        ]
        indexes = [
            models.Index(fields=["slice"], name="standing_ripe", condition=models.Q(is_ripe=True)),
        ]

    def __str__(self) -> str:
        return f"{self.slice_id} by {self.agent_version_id}"

    @property
    def earned(self) -> Earned:
        """What the controller works with."""
        return Earned(
            n=tuple(self.n),
            k=tuple(self.k),
            attempt=self.attempt,
            running=self.running,
            alarm=self.alarm,
            audited=self.audited,
            useful_n=self.useful_n,
            useful_k=self.useful_k,
        )

    @property
    def is_acting(self) -> bool:
        """Whether its actions run now: certified, not paused, and no suspected mistake is being looked at."""
        return self.running > 0 and not self.earned.is_paused and not self.awaiting
