"""Figures that people enter: satisfaction, cost per case, time saved, whatever a workflow counts by other means."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.outcomes import policies
from apps.outcomes.figures import Day
from apps.outcomes.kpi_setup import KpiError
from apps.outcomes.models import KpiVersion, Reading
from apps.outcomes.states import Measure


def enter_reading(
    *, version: KpiVersion, day: date, value: Decimal, source: str, by: User, now: datetime
) -> Reading:
    """Keep the figure of a day; entered again, the newer one counts. Raises NotAllowed and KpiError."""
    policies.check_set_up(version.kpi.workflow, by=by)
    if version.measure != Measure.REPORTED:
        raise KpiError(_("This figure is measured in events; nobody enters it."))
    if day > timezone.localdate(now):
        raise KpiError(_("This day has not come yet."))
    if not source.strip():
        raise KpiError(_("Say where the figure comes from."))
    with transaction.atomic():
        row = Reading.objects.create(version=version, day=day, value=value, source=source, at=now, by=by)
        audit.record(
            verb="kpi.reading_entered",
            now=now,
            by=by,
            subject=("kpi", version.kpi_id, version.kpi.name),
            workflow_id=version.kpi.workflow_id,
            data={"day": day.isoformat(), "value": str(value), "source": source},
        )
    return row


def reported_days(versions: Collection[KpiVersion], *, between: tuple[date, date]) -> dict[int, list[Day]]:
    """{version: the figure of each day that has one, the newest entry of each}. One statement."""
    days: dict[int, list[Day]] = {version.pk: [] for version in versions}
    rows = Reading.objects.filter(version_id__in=list(days), day__range=between)
    rows = rows.order_by("version_id", "day", "-at", "-pk").distinct("version_id", "day")
    for version_id, day, value in rows.values_list("version_id", "day", "value"):
        days[version_id].append(Day(day, 1, float(value)))
    return days
