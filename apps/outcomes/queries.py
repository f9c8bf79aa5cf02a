"""What the pages of outcomes read, beside the comparison itself."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Count, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import Event
from apps.audit.withheld import withheld_from
from apps.outcomes.changes import changes_in
from apps.outcomes.comparing import Comparison, compare, comparisons, measured
from apps.outcomes.models import EventLog, Kpi, KpiVersion, LogEvent, MeasuredCase, Reading
from apps.outcomes.own_events import ACTIVITIES, own_source
from apps.outcomes.periods import Period
from apps.outcomes.picture import Picture, picture
from apps.outcomes.policies import ids_set_up
from apps.registry.models import Workflow
from apps.registry.states import Stage
from apps.registry.visibility import visible_workflows
from apps.trust.ladder import Rung, busiest
from apps.trust.models import Slice

_PAGE = 50
_PICTURE_WEEKS = 52
_READINGS = 100
# Of a workflow so many slices stand in the portfolio.
_SLICES = 8

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Share:
    """One workflow in the portfolio: its KPIs as they stand, its slices by stage, the first of them, and whether one
    may set it up.
    """

    workflow: Workflow
    kpis: list[Comparison]
    stages: list[tuple[str, int]]
    slices: list[Rung]
    can_set_up: bool

    @property
    def slices_n(self) -> int:
        """How many slices it has in all."""
        return sum(n for _stage, n in self.stages)


def portfolio(by: User, *, now: datetime) -> list[Share]:
    """Every active workflow this person may read. As many statements for one as for all."""
    workflows = _active(by)
    kpis = Kpi.objects.filter(workflow__in=workflows, is_active=True).order_by("name", "pk")
    kpis_of = _by_workflow(comparisons(kpis, now=now), lambda one: one.kpi.workflow_id)
    slices_of = _by_workflow(busiest(workflows, now=now, each=_SLICES), lambda one: one.slice.workflow_id)
    stages, set_up = _stages(workflows), ids_set_up(workflows, by=by)
    return [
        Share(one, kpis_of[one.pk], stages[one.pk], slices_of[one.pk], one.pk in set_up) for one in workflows
    ]


def portfolio_kpis(by: User, *, now: datetime) -> list[Comparison]:
    """Their KPIs, by workflow."""
    kpis = Kpi.objects.filter(workflow__in=_active(by), is_active=True)
    return comparisons(kpis.order_by("workflow__name", "workflow", "name", "pk"), now=now)


def portfolio_slices(by: User, *, now: datetime) -> list[Rung]:
    """All of their slices, by workflow, in the order of the page."""
    return busiest(_active(by), now=now)


def _active(by: User) -> list[Workflow]:
    return list(visible_workflows(by).filter(is_active=True).distinct().order_by("name"))


def _by_workflow(rows: Iterable[Row], of: Callable[[Row], int]) -> dict[int, list[Row]]:
    found = defaultdict[int, list[Row]](list)
    for row in rows:
        found[of(row)].append(row)
    return found


def _stages(workflows: Iterable[Workflow]) -> dict[int, list[tuple[str, int]]]:
    """{workflow: how many slices are in each stage that has any}. One statement."""
    rows = Slice.objects.filter(workflow__in=[one.pk for one in workflows])
    counted = rows.values_list("workflow_id", "stage").annotate(n=Count("pk")).order_by()
    counts = {(workflow_id, stage): n for workflow_id, stage, n in counted}
    return {
        one.pk: [(str(stage.label), n) for stage in Stage if (n := counts.get((one.pk, stage.value), 0))]
        for one in workflows
    }


def kpi_picture(found: Comparison, *, now: datetime) -> Picture | None:
    """The control chart of a KPI over the baseline's weeks and the last year."""
    today = timezone.localdate(now)
    since = max(
        timezone.localdate(found.kpi.created_at) - timedelta(days=366),
        today - timedelta(weeks=_PICTURE_WEEKS),
    )
    year = Period(since, today)
    weeks = measured(found.version, between=year.between).weeks
    return picture(
        found.before.weeks if found.before else (),
        weeks,
        target=float(found.version.target) if found.version.target is not None else None,
        changes=changes_in(found.kpi.workflow_id, between=year.between),
    )


def period_comparison(kpi: Kpi, period: Period, *, now: datetime) -> Comparison:
    """The KPI in one period, as its owner is asked about it."""
    return compare(kpi, now=now, period=period)


def readings(version: KpiVersion, *, now: datetime) -> list[Reading]:
    """The figures that were entered lately, the newest day first; of one day, the newest stands first and counts."""
    since = timezone.localdate(now) - timedelta(weeks=_PICTURE_WEEKS)
    return list(version.readings.filter(day__gte=since).select_related("by")[:_READINGS])


def measured_cases(version: KpiVersion, period: Period) -> QuerySet[MeasuredCase]:
    """The cases behind the figure of a period, the newest first."""
    rows = MeasuredCase.objects.filter(version=version, ended_on__range=period.between)
    return rows.order_by("-ended_on", "case")


def page_of(rows: QuerySet[MeasuredCase], *, page: int) -> tuple[list[MeasuredCase], bool]:
    """A page of them, and whether there are more."""
    start = (page - 1) * _PAGE
    some = list(rows[start : start + _PAGE + 1])
    return some[:_PAGE], len(some) > _PAGE


def events_of(log: EventLog, case: str, *, by: User) -> list[LogEvent]:
    """The events of one case in their order, without what ReviewHub told of proposals that are kept from `by` now."""
    rows = LogEvent.objects.filter(log=log, case=case)
    withheld = withheld_from(by) if log.is_live else None
    if withheld:
        told = Event.objects.filter(proposal_id__in=withheld, verb__in=ACTIVITIES)
        rows = rows.exclude(source__in=[own_source(pk) for pk in told.values_list("pk", flat=True)])
    return list(rows.order_by("at", "position", "id")[:1000])
