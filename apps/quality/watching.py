"""The page on drift and quality of a workflow: does the work look as it did, and do agents know how sure they may be?

Drift and calibration are computed by `trust`; this puts what it keeps together for one workflow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from apps.quality.days import counts_by_week
from apps.quality.definitions import OVERRIDES
from apps.quality.figures import weeks_until
from apps.quality.models import Alert
from apps.quality.scorecard import TREND_WEEKS, Line, line_of
from apps.quality.versions import Effect, effects_of_agents, effects_of_policies
from apps.registry.models import Workflow
from apps.trust.models import DriftAlert, Slice, Standing
from apps.trust.queries import slices_in
from apps.trust.showing import Calibration, calibration_of
from apps.trust.watched import Watched, newest_watched, open_alerts

_MOST_ALERTS = 50


@dataclass(frozen=True, slots=True)
class Looked:
    """A slice and what the drift watch last saw of its newest version; None before there is a baseline."""

    slice: Slice
    watched: Watched | None


@dataclass(frozen=True, slots=True)
class Watch:
    """All of the page. `chosen` is the slice whose calibration is drawn, by its newest version."""

    overrides: Line
    looked: list[Looked]
    chosen: Slice | None
    standing: Standing | None
    calibration: Calibration | None
    agents: list[Effect]
    policies: list[Effect]
    drift_alerts: list[DriftAlert]
    alerts: list[Alert]

    @property
    def has_index(self) -> bool:
        """Whether a stability index stands beside some input."""
        inputs = [one for row in self.looked if row.watched for one in row.watched.inputs]
        return any(one.index is not None for one in inputs)


def watch_of(workflow: Workflow, *, slice_id: int | None, now: datetime) -> Watch:
    """The page at a moment; without `slice_id` the calibration is that of the slice people have judged most."""
    today = timezone.localdate(now)
    starts = weeks_until(today, TREND_WEEKS)
    only = Workflow.objects.filter(pk=workflow.pk)
    slices = slices_in(only)
    watched = newest_watched(slices)
    chosen = _chosen(slices, slice_id)
    standing = _newest(chosen) if chosen else None
    live = Alert.objects.filter(target__workflow=workflow, ended_at__isnull=True)
    return Watch(
        line_of(OVERRIDES, starts, counts_by_week(workflow.pk, starts)),
        [Looked(row, watched.get(row.pk)) for row in slices],
        chosen,
        standing,
        calibration_of(standing) if standing else None,
        effects_of_agents(workflow.pk, today=today),
        effects_of_policies(workflow.pk, today=today),
        open_alerts(only)[:_MOST_ALERTS],
        list(live.select_related("owner", "target")),
    )


def _chosen(slices: Sequence[Slice], slice_id: int | None) -> Slice | None:
    for row in slices:
        if row.pk == slice_id:
            return row
    return max(slices, key=lambda row: (row.judged, -row.pk), default=None)


def _newest(row: Slice) -> Standing | None:
    standings = Standing.objects.filter(slice=row).select_related("slice", "agent_version")
    return standings.order_by("-changed_at").first()
