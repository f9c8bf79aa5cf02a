"""Measures a baseline and freezes it: period, filter, number of cases and figures, never changed afterwards."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.outcomes import policies
from apps.outcomes.days import days_of_log
from apps.outcomes.figures import Figures, figures_of
from apps.outcomes.kpi_setup import KpiError
from apps.outcomes.models import Baseline, EventLog, KpiVersion
from apps.outcomes.states import LogStatus, LogUse, Measure

# As `reading.rows` takes events in: a year that is a slip of the hand would fill a baseline with empty weeks.
_EARLIEST, _LATEST = date(1970, 1, 1), date(2200, 1, 1)


def measure_log(
    version: KpiVersion, log: EventLog, *, between: tuple[date, date], having: str = ""
) -> Figures:
    """What a log says under this version, in a period (by the day a case ended). Raises KpiError for nothing."""
    if between[0] > between[1]:
        raise KpiError(_("The period ends before it begins."))
    if between[0] < _EARLIEST or between[1] > _LATEST:
        raise KpiError(_("Events lie between 1970 and 2200, and so does a baseline."))
    if log.status != LogStatus.READY or log.use != LogUse.BASELINE:
        raise KpiError(_("A baseline is measured in an imported log of the time before."))
    days, exact = days_of_log(version, log.pk, between=between, having=having)
    found = figures_of(version.measure, days, between=between, exact=exact)
    if found.value is None:
        raise KpiError(
            _("No case of this log ends in the period in this way: look at “measured to”, filter and period.")
        )
    return found


def freeze(
    *,
    version: KpiVersion,
    log: EventLog,
    between: tuple[date, date],
    by: User,
    now: datetime,
    having: str = "",
) -> Baseline:
    """Keep what the log says as the baseline of this version. Raises NotAllowed and KpiError."""
    policies.check_set_up(version.kpi.workflow, by=by)
    if log.workflow_id != version.kpi.workflow_id:
        raise KpiError(_("This log belongs to another workflow."))
    if version.measure == Measure.REPORTED:
        raise KpiError(_("A reported figure is not measured in a log: enter its baseline."))
    figures = measure_log(version, log, between=between, having=having)
    return _keep(version, log, "", between, {"having": having} if having else {}, figures, by, now)


def enter(
    *,
    version: KpiVersion,
    value: Decimal,
    n: int,
    source: str,
    between: tuple[date, date],
    by: User,
    now: datetime,
) -> Baseline:
    """Keep a baseline somebody else measured, for a reported figure. `source` says who and how."""
    policies.check_set_up(version.kpi.workflow, by=by)
    if version.measure != Measure.REPORTED:
        raise KpiError(_("This figure is measured in events: choose the log it was measured in."))
    if between[0] > between[1]:
        raise KpiError(_("The period ends before it begins."))
    if not source.strip():
        raise KpiError(_("Say who measured it and how."))
    figures = Figures(n, float(value), float(value), float(value))
    return _keep(version, None, source, between, {}, figures, by, now)


def _keep(
    version: KpiVersion,
    log: EventLog | None,
    source: str,
    between: tuple[date, date],
    only: dict[str, str],
    figures: Figures,
    by: User,
    now: datetime,
) -> Baseline:
    with transaction.atomic():
        row = Baseline.objects.create(
            version=version,
            log=log,
            source=source,
            starts_on=between[0],
            ends_on=between[1],
            only=only,
            figures=figures.as_json(),
            created_at=now,
            created_by=by,
        )
        audit.record(
            verb="baseline.frozen",
            now=now,
            by=by,
            subject=("kpi", version.kpi_id, version.kpi.name),
            workflow_id=version.kpi.workflow_id,
            data={
                "version": version.number,
                "log": log.name if log else "",
                "n": figures.n,
                "value": figures.value,
            },
        )
    return row
