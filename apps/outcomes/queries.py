"""What the pages of outcomes read, beside the comparison itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.policies import allows
from apps.audit.models import Event
from apps.audit.withheld import withheld_from
from apps.outcomes.changes import changes_in
from apps.outcomes.comparing import Comparison, compare, comparisons, measured
from apps.outcomes.models import EventLog, Kpi, KpiVersion, LogEvent, MeasuredCase
from apps.outcomes.own_events import ACTIVITIES, own_source
from apps.outcomes.periods import Period
from apps.outcomes.picture import Picture, picture
from apps.outcomes.policies import check_set_up
from apps.registry.models import Workflow
from apps.registry.states import Stage
from apps.registry.visibility import visible_workflows
from apps.trust.models import Slice

_PAGE = 50
_PICTURE_WEEKS = 52


@dataclass(frozen=True, slots=True)
class Share:
    """One workflow in the portfolio: its KPIs as they stand, its slices by stage, and whether one may set it up."""

    workflow: Workflow
    kpis: list[Comparison]
    stages: list[tuple[str, int]]
    can_set_up: bool


def portfolio(by: User, *, now: datetime) -> list[Share]:
    """Every active workflow this person may read."""
    found = []
    for workflow in visible_workflows(by).filter(is_active=True).distinct().order_by("name"):
        kpis = Kpi.objects.filter(workflow=workflow, is_active=True).order_by("name")
        stages = Slice.objects.filter(workflow=workflow).values_list("stage", flat=True)
        counts = [(str(stage.label), list(stages).count(stage)) for stage in Stage]
        found.append(
            Share(
                workflow,
                comparisons(kpis, now=now),
                [(label, n) for label, n in counts if n],
                allows(check_set_up, workflow, by=by),
            )
        )
    return found


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
