"""Chains and their versions, the run of each open task, what its steps did, incidents, and the auditor's looks."""

from datetime import datetime
from typing import Any, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.append_only import append_only, gone_with, never_removed, no_truncate
from apps.escalation.states import Because, Do, Ended, Kind, Outcome, Waiting
from apps.escalation.steps import Step, Unreadable, stored_steps
from apps.reviews.models import Task
from apps.routing.states import Fallback


class Chain(models.Model):
    """Who is told when nobody decides, under one name. What it says now is its newest version.

    Never given another slug, and never removed once a matrix names it or a task ran by it. `allows_gaps`: it may be
    saved although too few people hold its roles; an incident stays open until they do.
    """

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    allows_gaps = models.BooleanField(_("may reach too few people for now"), default=False)

    class Meta:
        ordering = ["name"]
        triggers = [
            *no_truncate(),
            pgtrigger.Trigger(
                name="named_by_no_matrix",
                operation=pgtrigger.Delete,
                when=pgtrigger.Before,
                func="""
                    IF EXISTS (SELECT FROM routing_matrixcell WHERE chain = OLD.slug) THEN
                        RAISE EXCEPTION 'A routing matrix names the chain %: it stays.', OLD.slug;
                    END IF;
                    RETURN OLD;
                """,
            ),
            pgtrigger.Protect(name="slug_stays", operation=pgtrigger.UpdateOf("slug")),
        ]

    def __str__(self) -> str:
        return self.name


class ChainVersion(models.Model):
    """What a chain said from `created_at` on. Never changed: runs keep the version they began with.

    `steps` is a list of `{after, do, to}` as `escalation.steps` reads it.
    """

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    steps: "models.JSONField[Any, list[dict[str, Any]]]" = models.JSONField()
    created_at = models.DateTimeField()
    created_by_id = models.CharField(max_length=64, blank=True)
    created_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["chain", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "number"], name="chain_version_number_once"),
            models.CheckConstraint(condition=Q(steps__0__isnull=False), name="chain_version_has_a_step"),
        ]
        triggers = gone_with("escalation_chain", "chain_id")

    def __str__(self) -> str:
        return f"{self.chain} v{self.number}"

    def read(self) -> tuple[Step | Unreadable, ...]:
        """Its steps as values; what this version of ReviewHub cannot read stands as Unreadable."""
        return stored_steps(self.steps)


class RunQuerySet(models.QuerySet["EscalationRun"]):
    """Reads of runs, in English."""

    def live(self) -> Self:
        return self.filter(ended_at__isnull=True)

    def due(self, now: datetime) -> Self:
        """Live runs somebody has to look at, longest due first."""
        return self.live().filter(next_at__lte=now).order_by("next_at")


class EscalationRun(models.Model):
    """How far the chain of one task has come.

    `step` is the index of the next step in the version's steps, `loop` how often the last one was repeated. `due_at`
    is when that step is due; `next_at` when the sweeper looks, which is later while `waiting` holds the run.
    """

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="escalations")
    workflow_id = models.BigIntegerField()
    chain_version = models.ForeignKey(
        ChainVersion, on_delete=models.PROTECT, related_name="runs", db_index=False
    )
    fallback = models.CharField(max_length=10, choices=Fallback.choices)
    step = models.PositiveSmallIntegerField(default=0)
    loop = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    waiting = models.CharField(max_length=10, choices=Waiting.choices, blank=True)
    started_at = models.DateTimeField()
    fallback_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=10, choices=Ended.choices, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=Q(ended_at__isnull=True), name="escalation_one_live_run"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_because="", next_at__isnull=False)
                | Q(ended_at__isnull=False, next_at__isnull=True) & ~Q(ended_because=""),
                name="escalation_live_run_has_a_next_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="escalation_due", condition=Q(ended_at__isnull=True)),
            models.Index(
                fields=["chain_version"], name="escalation_of_chain", condition=Q(ended_at__isnull=True)
            ),
            # Reports ask for a period; rows come in the order of time, and this costs an insert next to nothing.
            BrinIndex(fields=["started_at"], name="escalation_started", autosummarize=True),
        ]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="ended_runs_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of task {self.task_id}"


class StepExecution(models.Model):
    """What one step of one run did, once. `told` are the names of those who were told."""

    run = models.ForeignKey(
        EscalationRun, on_delete=models.PROTECT, related_name="executions", db_index=False
    )
    loop = models.PositiveIntegerField()
    step = models.PositiveSmallIntegerField()
    do = models.CharField(max_length=16, choices=Do.choices, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    because = models.CharField(max_length=10, choices=Because.choices)
    planned_at = models.DateTimeField()
    at = models.DateTimeField()
    told = ArrayField(models.CharField(max_length=200), default=list)
    notices = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "loop", "step"], name="escalation_step_once"),
            models.CheckConstraint(
                condition=~Q(do="notify", outcome="done") | Q(notices__gt=0),
                name="escalation_step_done_told_somebody",
            ),
        ]
        indexes = [models.Index(fields=["at"], name="escalation_executed")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"step {self.step + 1}: {self.outcome}"


class Incident(models.Model):
    """Something a person has to mend, open once per cause. `key` says which one of its kind it is."""

    kind = models.CharField(max_length=20, choices=Kind.choices)
    key = models.CharField(max_length=200)
    text = models.CharField(max_length=500)
    workflow_id = models.BigIntegerField(null=True)
    task_id = models.UUIDField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by_name = models.CharField(max_length=200, blank=True)
    note = models.CharField(_("what was done"), max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(closed_at__isnull=True), name="incident_open_once"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by_name="")
                | Q(closed_at__isnull=False) & ~Q(closed_by_name=""),
                name="incident_closed_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["-opened_at"], name="incident_newest"),
            models.Index(fields=["-closed_at"], name="incident_closed", condition=Q(closed_at__isnull=False)),
        ]
        triggers = never_removed()

    def __str__(self) -> str:
        return self.text


class AuditRun(models.Model):
    """One look of the auditor over all open tasks. `found` counts by finding; `unhealed` are task ids."""

    at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    open_tasks = models.PositiveIntegerField()
    found: "models.JSONField[Any, dict[str, int]]" = models.JSONField(default=dict)
    healed = models.PositiveIntegerField(default=0)
    unhealed = ArrayField(models.UUIDField(), default=list)
    is_clean = models.BooleanField()

    class Meta:
        indexes = [
            models.Index(fields=["-at"], name="audit_run_newest"),
            models.Index(fields=["-at"], name="audit_run_clean", condition=Q(is_clean=True)),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}: {'clean' if self.is_clean else 'found something'}"
