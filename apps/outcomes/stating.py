"""The owner's word: this figure of this period is so, or it is not. Kept with the figures as they were, for ever."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.outcomes import policies
from apps.outcomes.comparing import compare, current_version
from apps.outcomes.kpi_setup import KpiError
from apps.outcomes.models import Kpi, Statement
from apps.outcomes.periods import Period, period_of
from apps.outcomes.states import Said


def state(*, kpi_id: int, starts_on: date, said: Said, note: str, by: User, now: datetime) -> Statement:
    """Confirm or dispute the period that begins on `starts_on`. Said again, the newer word counts.

    Raises NotAllowed for anybody but the owner, KpiError for a period that is not over, a dispute without a reason,
    and a confirmation of nothing measured.
    """
    with transaction.atomic():
        kpi = Kpi.objects.select_for_update(of=("self",)).select_related("workflow", "owner").get(pk=kpi_id)
        policies.check_state(kpi, by=by)
        today = timezone.localdate(now)
        # The first day is asked first: the last month there is has no next one that ends it.
        period = period_of(min(starts_on, today), kpi.cadence)
        if period.starts_on != starts_on or period.ends_on >= today:
            raise KpiError(_("Only a period that is over is confirmed or disputed."))
        if said == Said.DISPUTED and not note.strip():
            raise KpiError(_("Say why: whoever has to mend it reads this."))
        row = _keep(kpi, period, said, note.strip(), by, now)
        audit.record(
            verb=f"kpi.{said.value}",
            now=now,
            by=by,
            subject=("kpi", kpi.pk, kpi.name),
            workflow_id=kpi.workflow_id,
            data={
                "from": period.starts_on.isoformat(),
                "to": period.ends_on.isoformat(),
                "note": note.strip(),
            },
        )
    return row


def _keep(kpi: Kpi, period: Period, said: Said, note: str, by: User, now: datetime) -> Statement:
    found = compare(kpi, now=now, period=period)
    if said == Said.CONFIRMED and found.now.value is None:
        raise KpiError(_("Nothing was measured in this period: there is nothing to confirm."))
    return Statement.objects.create(
        version=current_version(kpi),
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        said=said,
        note=note,
        figures={
            "now": found.now.as_json(),
            "before": found.before.as_json() if found.before else None,
            "by": [found.by.value, found.by.low, found.by.high] if found.by else None,
            "target": str(found.version.target) if found.version.target is not None else None,
        },
        at=now,
        by=by,
    )
