"""Did the number move? A KPI's baseline beside what is measured now, the change between both, and the target.

Reads what was added up by day, never cases. Nothing is said about a change before there is enough on both sides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from apps.outcomes.days import live_days
from apps.outcomes.figures import Figures, figures_from, figures_of, is_better, moved, reaches
from apps.outcomes.measuring.quantiles import Estimate
from apps.outcomes.models import Baseline, Kpi, KpiVersion, Statement
from apps.outcomes.periods import Period, finished
from apps.outcomes.reporting import reported_days
from apps.outcomes.states import Measure

# What "now" means: long enough for a figure, short enough to be now.
NOW_DAYS = 90


@dataclass(frozen=True, slots=True)
class Comparison:
    """A KPI as it stands. `by` is the change with its interval, None while there is not enough on one side.

    `is_better`: it moved the better way beyond doubt (True), the worse way (False), or neither is certain (None).
    """

    kpi: Kpi
    version: KpiVersion
    baseline: Baseline | None
    before: Figures | None
    now: Figures
    period: Period
    by: Estimate | None
    is_better: bool | None
    reaches_target: bool | None
    unconfirmed: Sequence[Period]
    latest: Statement | None


def comparisons(kpis: Iterable[Kpi], *, now: datetime) -> list[Comparison]:
    """Each KPI in the last `NOW_DAYS` days. KPIs come with `newest` versions prefetched by `queries`."""
    return [compare(kpi, now=now) for kpi in kpis]


def compare(kpi: Kpi, *, now: datetime, period: Period | None = None) -> Comparison:
    """One KPI in a period, by default the last `NOW_DAYS` days."""
    version = current_version(kpi)
    today = timezone.localdate(now)
    when = period or Period(today - timedelta(days=NOW_DAYS - 1), today)
    baseline = version.baselines.first()
    before = figures_from(baseline.figures) if baseline else None
    after = measured(version, between=when.between)
    by = moved(before, after) if before else None
    target = float(version.target) if version.target is not None else None
    reached = None
    if target is not None and after.value is not None and after.is_enough:
        reached = reaches(after.value, target, version.direction)
    return Comparison(
        kpi=kpi,
        version=version,
        baseline=baseline,
        before=before,
        now=after,
        period=when,
        by=by,
        is_better=is_better(by, version.direction) if by else None,
        reaches_target=reached,
        unconfirmed=unconfirmed(kpi, version, today=today),
        latest=Statement.objects.filter(version__kpi=kpi).select_related("by").first(),
    )


def measured(version: KpiVersion, *, between: tuple[date, date]) -> Figures:
    """The figure of a period as it is measured live, or reported."""
    if version.measure == Measure.REPORTED:
        return figures_of(version.measure, reported_days(version, between=between), between=between)
    days, exact = live_days(version, between=between)
    return figures_of(version.measure, days, between=between, exact=exact)


def current_version(kpi: Kpi) -> KpiVersion:
    """What the KPI means now."""
    return kpi.versions.order_by("-number").select_related("kpi__workflow", "kpi__owner")[0]


def unconfirmed(kpi: Kpi, version: KpiVersion, *, today: date) -> Sequence[Period]:
    """The periods that are over, since the KPI exists, about which its owner has said nothing."""
    since = timezone.localdate(kpi.created_at)
    said = set(Statement.objects.filter(version__kpi=kpi).values_list("starts_on", "ends_on"))
    over = finished(since=since, today=today, cadence=kpi.cadence)
    return [period for period in over if period.between not in said]
