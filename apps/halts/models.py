"""What was stopped, by whom and why; and when the circuit breaker of a workflow trips."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.append_only import append_only, never_removed
from apps.audit.ids import uuid7
from apps.halts.breaker import DEFAULTS, MOST_HOURS, MOST_RESULTS, Rule
from apps.halts.states import HaltScope
from apps.registry.models import Agent, Workflow
from apps.registry.revision_triggers import moves_revision
from apps.trust.models import Slice

_TARGETS = ("workflow", "agent", "slice")


def _has_its_target() -> Q:
    """A halt of everything names nothing, any other exactly what it stops."""
    fits = Q()
    for scope in HaltScope:
        named = {f"{name}__isnull": name != scope.value for name in _TARGETS}
        fits |= Q(scope=scope.value, **named)
    return fits


class HaltQuerySet(models.QuerySet["Halt"]):
    """Halts by where they stand."""

    def standing(self) -> "HaltQuerySet":
        """Those nobody has lifted."""
        return self.filter(lifted_at__isnull=True)

    def over_rows(self) -> "HaltQuerySet":
        """Those that stop a row of an outer query, which has `workflow_id`, `agent_id` and `slice_id`: for Exists."""
        named = Q(scope=HaltScope.EVERYTHING)
        for name in _TARGETS:
            named |= Q(**{name: models.OuterRef(f"{name}_id")})
        return self.standing().filter(named)

    def with_targets(self) -> "HaltQuerySet":
        """With everything their names are made of."""
        return self.select_related(
            "workflow", "agent", "slice__workflow", "slice__action_type", "slice__agent"
        )


class Halt(models.Model):
    """That work of agents is stopped, from `at` until it is lifted. One stands for each target at most.

    A person (`by`) stopped it, or a monitor with a key (`by_agent`), or, with neither, ReviewHub's circuit breaker.
    `kept_` is the last time a person looked again and let it stand.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope = models.CharField(max_length=10, choices=HaltScope.choices)
    workflow = models.ForeignKey(
        Workflow, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    agent = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    slice = models.ForeignKey(Slice, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by_agent = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    look_again_on = models.DateField(_("look again on"))
    told_on = models.DateField(null=True)
    kept_by_name = models.CharField(max_length=200, blank=True)
    kept_at = models.DateTimeField(null=True)
    kept_why = models.CharField(max_length=500, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    lifted_by_name = models.CharField(max_length=200, blank=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_why = models.CharField(max_length=500, blank=True)

    objects = HaltQuerySet.as_manager()

    class Meta:
        triggers = [moves_revision("lifted_at", "look_again_on", "reason"), *never_removed()]
        constraints = [
            models.CheckConstraint(condition=_has_its_target(), name="halt_has_its_target"),
            models.UniqueConstraint(
                fields=["scope"],
                condition=Q(scope=HaltScope.EVERYTHING, lifted_at__isnull=True),
                name="halt_of_everything_once",
            ),
            *(
                models.UniqueConstraint(
                    fields=[name],
                    condition=Q(scope=name, lifted_at__isnull=True),
                    name=f"halt_of_{name}_once",
                )
                for name in _TARGETS
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="halt_has_a_reason"),
            models.CheckConstraint(
                condition=Q(by__isnull=True) | Q(by_agent__isnull=True), name="halt_by_one_of_them"
            ),
            models.CheckConstraint(
                condition=Q(kept_at__isnull=True, kept_by_name="", kept_why="")
                | Q(kept_at__isnull=False) & ~Q(kept_by_name="") & ~Q(kept_why=""),
                name="halt_kept_by_whom_and_why",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lifted_by_name="", lifted_why="")
                | Q(lifted_at__isnull=False) & ~Q(lifted_by_name="") & ~Q(lifted_why=""),
                name="halt_lifted_by_whom_and_why",
            ),
            # What the circuit breaker stopped, and what a person stopped, only a person lets go on.
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True)
                | Q(lifted_by__isnull=False)
                | Q(by_agent__isnull=False, kept_at__isnull=True),
                name="halt_lifted_by_a_person",
            ),
        ]
        indexes = [models.Index(fields=["-at"], name="halt_newest_first")]

    def __str__(self) -> str:
        match HaltScope(self.scope):
            case HaltScope.WORKFLOW:
                return str(_("the workflow {name}")).format(name=self.workflow)
            case HaltScope.AGENT:
                return str(_("the agent {name}")).format(name=self.agent)
            case HaltScope.SLICE:
                return str(_("the slice {name}")).format(name=self.slice)
            case _everything:
                return str(_("everything"))

    @property
    def is_standing(self) -> bool:
        return self.lifted_at is None

    @property
    def is_by_breaker(self) -> bool:
        """Whether ReviewHub stopped it by itself."""
        return self.by_id is None and self.by_agent_id is None

    def is_overdue(self, today: date) -> bool:
        """Whether somebody should have looked again by now."""
        return self.is_standing and self.look_again_on <= today


class HaltRequest(models.Model):
    """What a monitor asked for under an Idempotency-Key, and its answer: the halt it began, or the one that stood."""

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    body_sha256 = models.CharField(max_length=64)
    halt = models.ForeignKey(Halt, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(fields=["agent", "key"], name="halt_request_key_once_per_agent"),
            models.CheckConstraint(condition=~Q(key=""), name="halt_request_has_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id}: {self.key}"


class Breaker(models.Model):
    """When the circuit breaker of a workflow's slices trips, where it is not the default. See `breaker.Rule`."""

    workflow = models.OneToOneField(
        Workflow, primary_key=True, on_delete=models.CASCADE, related_name="breaker"
    )
    failures = models.PositiveSmallIntegerField(default=DEFAULTS.failures)
    of = models.PositiveSmallIntegerField(default=DEFAULTS.of)
    hours = models.PositiveSmallIntegerField(default=DEFAULTS.hours)
    is_active = models.BooleanField(default=True)

    class Meta:
        triggers = [moves_revision()]
        constraints = [
            models.CheckConstraint(
                condition=Q(failures__gte=1, failures__lte=models.F("of"), of__lte=MOST_RESULTS),
                name="breaker_can_trip",
            ),
            models.CheckConstraint(condition=Q(hours__range=(1, MOST_HOURS)), name="breaker_hours"),
        ]

    def __str__(self) -> str:
        return f"{self.failures} of {self.of} in {self.workflow_id}"

    @property
    def rule(self) -> Rule:
        return Rule(self.failures, self.of, self.hours, self.is_active)
