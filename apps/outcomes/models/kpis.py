"""KPIs, what each of their versions means, the baselines they are held against, and what their owners say."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.append_only import append_only, never_removed
from apps.outcomes.models.logs import EventLog
from apps.outcomes.states import Cadence, Direction, Measure, Said
from apps.registry.models import Workflow


class Kpi(models.Model):
    """A figure of a workflow that somebody answers for. What it means now is its newest version."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="kpis")
    slug = models.SlugField(_("short name"), max_length=60)
    name = models.CharField(_("name"), max_length=120)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_kpis", verbose_name=_("owner")
    )
    cadence = models.CharField(_("confirmed"), max_length=8, choices=Cadence.choices, default=Cadence.MONTH)
    is_active = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "slug"], name="kpi_slug_once")]
        triggers = never_removed()

    def __str__(self) -> str:
        return self.name


class KpiVersion(models.Model):
    """What a KPI means from `created_at` on. Never changed: a changed meaning is a new version and a new series.

    `target` is in the unit of the measure. `ends_with` is the activity a case is measured to; empty: its end (`cases`).
    `created_by` None: the operator, at the command line.
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    measure = models.CharField(_("measure"), max_length=12, choices=Measure.choices)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    direction = models.CharField(_("direction"), max_length=6, choices=Direction.choices)
    definition = models.TextField(_("definition"))
    ends_with = models.CharField(_("measured to"), max_length=200, blank=True)
    target = models.DecimalField(_("target"), max_digits=16, decimal_places=4, null=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["kpi", "-number"]
        constraints = [models.UniqueConstraint(fields=["kpi", "number"], name="kpi_version_number_once")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kpi} v{self.number}"


class Baseline(models.Model):
    """What the figure was before, measured once and never changed. `figures` is a `figures.Figures`, as JSON.

    `log` is where it was measured; None for a reported figure, whose `source` says who measured it. The newest
    baseline of a version counts.
    """

    version = models.ForeignKey(KpiVersion, on_delete=models.PROTECT, related_name="baselines")
    log = models.ForeignKey(EventLog, null=True, on_delete=models.PROTECT, related_name="baselines")
    source = models.CharField(max_length=500, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    only = models.JSONField(default=dict)
    figures = models.JSONField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["-created_at"]
        triggers = append_only()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(starts_on__lte=models.F("ends_on")), name="baseline_period_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.starts_on} to {self.ends_on}"


class Statement(models.Model):
    """The owner's word on one period, with the figures as they were. A later one about the period counts instead."""

    version = models.ForeignKey(KpiVersion, on_delete=models.PROTECT, related_name="statements")
    starts_on = models.DateField()
    ends_on = models.DateField()
    said = models.CharField(max_length=10, choices=Said.choices)
    note = models.TextField(blank=True)
    figures = models.JSONField()
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["-at", "-id"]
        triggers = append_only()
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(said=Said.DISPUTED, note=""), name="statement_dispute_says_why"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.said}"
