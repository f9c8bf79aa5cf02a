"""Did the number move? A KPI's baseline beside what is measured now, the change between both, and the target.

Reads what was added up by day, never cases. Nothing is said about a change before there is enough on both sides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import prefetch_related_objects
from django.utils import timezone

from apps.accounts.models import User
from apps.outcomes.days import live_days
from apps.outcomes.doubting import doubts_of
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
    `doubts` are sentences that say why before and now may not be the same process.
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
    doubts: Sequence[str] = ()


def comparisons(kpis: Iterable[Kpi], *, now: datetime, period: Period | None = None) -> list[Comparison]:
    """Each KPI in a period, by default the last `NOW_DAYS` days. Twelve statements, however many KPIs there are."""
    asked = list(kpis)
    if not asked:
        return []
    today = timezone.localdate(now)
    when = period or Period(today - timedelta(days=NOW_DAYS - 1), today)
    prefetch_related_objects(asked, "workflow", "owner")
    versions = _current_versions(asked)
    baselines = _newest_baselines(versions.values())
    figures = measured_each(versions.values(), between=when.between)
    said = _said(asked)
    latest = _latest_statements(asked)
    doubts = doubts_of(baselines.values(), period=when)
    found = []
    for kpi in asked:
        version = versions[kpi.pk]
        found.append(
            _compared(
                version,
                when,
                baseline=baselines.get(version.pk),
                after=figures[version.pk],
                unconfirmed=_unsaid(kpi, said[kpi.pk], today),
                latest=latest.get(kpi.pk),
                doubts=doubts.get(version.pk, ()),
            )
        )
    return found


def compare(kpi: Kpi, *, now: datetime, period: Period | None = None) -> Comparison:
    """One KPI in a period, by default the last `NOW_DAYS` days."""
    return comparisons([kpi], now=now, period=period)[0]


def measured(version: KpiVersion, *, between: tuple[date, date]) -> Figures:
    """The figure of a period as it is measured live, or reported."""
    return measured_each([version], between=between)[version.pk]


def measured_each(versions: Iterable[KpiVersion], *, between: tuple[date, date]) -> dict[int, Figures]:
    """{version: its figure of a period, measured live or reported}. Three statements."""
    asked = list(versions)
    reported = [version for version in asked if version.measure == Measure.REPORTED]
    live = [version for version in asked if version.measure != Measure.REPORTED]
    entered = reported_days(reported, between=between) if reported else {}
    yielded = live_days(live, between=between) if live else {}
    found = {one.pk: figures_of(one.measure, entered[one.pk], between=between) for one in reported}
    for one in live:
        days, exact = yielded[one.pk]
        found[one.pk] = figures_of(one.measure, days, between=between, exact=exact)
    return found


def current_version(kpi: Kpi) -> KpiVersion:
    """What the KPI means now."""
    return kpi.versions.order_by("-number").select_related("kpi__workflow", "kpi__owner")[0]


def unconfirmed(kpi: Kpi, *, today: date) -> Sequence[Period]:
    """The periods that are over, since the KPI exists, about which its owner has said nothing."""
    return _unsaid(kpi, _said([kpi])[kpi.pk], today)


def words_waited_for(owner: User, *, today: date) -> list[tuple[Kpi, Sequence[Period]]]:
    """The KPIs of this owner with the periods, the newest first, that wait for their word. Two statements at most."""
    kpis = list(
        Kpi.objects.filter(owner=owner, is_active=True).select_related("workflow").order_by("name", "pk")
    )
    said = _said(kpis) if kpis else {}
    found = [(kpi, _unsaid(kpi, said[kpi.pk], today)) for kpi in kpis]
    return [(kpi, periods) for kpi, periods in found if periods]


def _compared(
    version: KpiVersion,
    period: Period,
    *,
    baseline: Baseline | None,
    after: Figures,
    unconfirmed: Sequence[Period],
    latest: Statement | None,
    doubts: Sequence[str],
) -> Comparison:
    before = figures_from(baseline.figures) if baseline else None
    by = moved(before, after) if before else None
    target = float(version.target) if version.target is not None else None
    reached = None
    if target is not None and after.value is not None and after.is_enough:
        reached = reaches(after.value, target, version.direction)
    return Comparison(
        kpi=version.kpi,
        version=version,
        baseline=baseline,
        before=before,
        now=after,
        period=period,
        by=by,
        is_better=is_better(by, version.direction) if by else None,
        reaches_target=reached,
        unconfirmed=unconfirmed,
        latest=latest,
        doubts=doubts if after.n else (),
    )


def _current_versions(kpis: Sequence[Kpi]) -> dict[int, KpiVersion]:
    known = {kpi.pk: kpi for kpi in kpis}
    rows = KpiVersion.objects.filter(kpi__in=kpis).order_by("kpi", "-number").distinct("kpi")
    found = {}
    for version in rows:
        version.kpi = known[version.kpi_id]
        found[version.kpi_id] = version
    return found


def _newest_baselines(versions: Iterable[KpiVersion]) -> dict[int, Baseline]:
    known = {version.pk: version for version in versions}
    rows = Baseline.objects.filter(version_id__in=list(known)).order_by("version_id", "-created_at")
    found = {}
    for one in rows.distinct("version_id").select_related("log"):
        one.version = known[one.version_id]
        found[one.version_id] = one
    return found


def _said(kpis: Sequence[Kpi]) -> dict[int, set[tuple[date, date]]]:
    """{KPI: the periods about which its owner has said something}."""
    found: dict[int, set[tuple[date, date]]] = {kpi.pk: set() for kpi in kpis}
    rows = Statement.objects.filter(version__kpi__in=kpis).order_by()
    for kpi_id, starts_on, ends_on in rows.values_list("version__kpi_id", "starts_on", "ends_on"):
        found[kpi_id].add((starts_on, ends_on))
    return found


def _latest_statements(kpis: Sequence[Kpi]) -> dict[int, Statement]:
    rows = Statement.objects.filter(version__kpi__in=kpis).select_related("by", "version")
    newest = rows.order_by("version__kpi_id", "-at", "-id").distinct("version__kpi_id")
    return {one.version.kpi_id: one for one in newest}


def _unsaid(kpi: Kpi, said: set[tuple[date, date]], today: date) -> Sequence[Period]:
    over = finished(since=timezone.localdate(kpi.created_at), today=today, cadence=kpi.cadence)
    return [period for period in over if period.between not in said]
