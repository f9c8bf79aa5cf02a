"""Reminds the owner of a KPI of the periods they have said nothing about, and in the end everybody accountable.

From the third day after a period on, once a week, until the owner speaks: the last step repeats, as in every chain.
From the third week on the people the workflow names are told as well, since an owner may have gone.
"""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.audit.sweeping import sweep
from apps.delivery.notifying import notify
from apps.outcomes.comparing import unconfirmed
from apps.outcomes.models import Kpi
from apps.outcomes.periods import Period

_AFTER = timedelta(days=3)
_EVERY = timedelta(days=7)
_THEN_ALL = timedelta(days=21)


def remind_owners(*, now: datetime, limit: int = 200) -> int:
    """Look at each KPI in use once a week; how many were looked at. Any number of sweepers may run."""
    due = Kpi.objects.filter(Q(reminded_at=None) | Q(reminded_at__lte=now - _EVERY), is_active=True)
    due = due.select_related("workflow", "owner").order_by("pk")
    return sweep(
        next_due=lambda failed: (
            due.exclude(pk__in=failed).select_for_update(of=("self",), skip_locked=True, no_key=True).first()
        ),
        act=lambda kpi: _remind(kpi, now),
        limit=limit,
    )


def _remind(kpi: Kpi, now: datetime) -> None:
    today = timezone.localdate(now)
    waiting = [period for period in unconfirmed(kpi, today=today) if period.ends_on + _AFTER <= today]
    if not waiting:
        # Looked at again tomorrow, not in a week: a period may be over then.
        kpi.reminded_at = now - _EVERY + timedelta(days=1)
    else:
        kpi.reminded_at = now
        _tell(kpi, waiting, is_old=waiting[-1].ends_on + _THEN_ALL <= today, now=now)
    kpi.save(update_fields=["reminded_at"])


def _tell(kpi: Kpi, waiting: list[Period], *, is_old: bool, now: datetime) -> None:
    first = waiting[-1]
    notify(
        people={kpi.owner, *(kpi.workflow.accountable if is_old else ())},
        kind="kpi",
        title=_("{kpi} waits for the word of {owner}").format(kpi=kpi.name, owner=kpi.owner.name),
        text=_("Nobody has confirmed or disputed {first} to {last} ({count} in all).").format(
            first=date_format(first.starts_on, "j M Y"),
            last=date_format(first.ends_on, "j M Y"),
            count=len(waiting),
        ),
        link=f"/outcomes/kpi/{kpi.pk}/",
        tier=0,
        now=now,
        workflow_id=kpi.workflow_id,
        replaces=True,
    )
