"""Looks whether a figure has crossed its limit, tells its owner once, and ends the alert when it is back.

A sweeper. A figure has crossed when its value over the last four weeks is on the worse side of the limit, from 30 cases
(or four weeks) on. Of fewer nothing is said, so such a figure neither opens an alert nor ends one.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.sweeping import sweep
from apps.delivery.notifying import notify
from apps.quality import policies
from apps.quality.days import counts_by_week
from apps.quality.definitions import BY_KEY
from apps.quality.figures import NOW_WEEKS, Figure, figure, is_beyond, weeks_until
from apps.quality.models import Alert, Target

_EVERY = timedelta(minutes=10)
_TIER = 0


def look_at_targets(*, now: datetime, limit: int = 200) -> int:
    """Look at each target every ten minutes; how many were looked at. Any number of sweepers may run."""
    due = Target.objects.filter(
        Q(looked_at=None) | Q(looked_at__lte=now - _EVERY), alert_at__isnull=False
    ).select_related("workflow", "owner")
    due = due.order_by("looked_at", "pk")
    return sweep(
        next_due=lambda failed: (
            due.exclude(pk__in=failed).select_for_update(of=("self",), skip_locked=True, no_key=True).first()
        ),
        act=lambda target: _look(target, now),
        limit=limit,
    )


def acknowledge(*, alert_id: int, by: User, note: str, now: datetime) -> Alert:
    """Say that one knows, and what is done about it. Raises NotAllowed."""
    with transaction.atomic():
        alert = (
            Alert.objects.select_for_update(of=("self",), no_key=True)
            .select_related("owner", "target__workflow")
            .get(pk=alert_id)
        )
        policies.check_acknowledge(alert, by=by)
        alert.acknowledged_at, alert.acknowledged_by, alert.note = now, by, note.strip()[:500]
        alert.save(update_fields=["acknowledged_at", "acknowledged_by", "note"])
        _record("quality.alert_acknowledged", alert, by, now, note=alert.note)
        return alert


def end_live(target: Target, value: float | None, now: datetime) -> None:
    """End the live alert of a locked target, if there is one; `value` is the figure that is back."""
    alert = _live(target)
    if alert is None:
        return
    alert.ended_at, alert.back_at = now, value
    alert.save(update_fields=["ended_at", "back_at"])
    _record("quality.alert_ended", alert, None, now, value=written(target, value))


def hand_over(target: Target, now: datetime) -> None:
    """Give the live alert of a locked target to its owner of now."""
    alert = _live(target)
    if alert is None or alert.owner_id == target.owner_id:
        return
    alert.owner = target.owner
    alert.save(update_fields=["owner"])
    if alert.acknowledged_at is None:
        _tell(alert, now)


def called(target: Target) -> str:
    """How logs call the figure of a target."""
    return f"{BY_KEY[target.figure].label} · {target.workflow.name}"


def written(target: Target, value: float | None) -> str:
    """A value as messages write it."""
    if value is None:
        return "-"
    unit = BY_KEY[target.figure].unit
    return f"{number_format(round(value, 1), 1)} {unit}"


def _look(target: Target, now: datetime) -> None:
    target.looked_at = now
    target.save(update_fields=["looked_at"])
    definition = BY_KEY.get(target.figure)
    if definition is None or target.alert_at is None:
        return
    starts = weeks_until(timezone.localdate(now), NOW_WEEKS)
    found = figure(definition, counts_by_week(target.workflow_id, starts))
    if found.value is None or not found.is_enough:
        return
    if not is_beyond(found.value, float(target.alert_at), definition.direction):
        end_live(target, found.value, now)
    elif _live(target) is None:
        _open(target, found, found.value, target.alert_at, now)


def _open(target: Target, found: Figure, value: float, limit: Decimal, now: datetime) -> None:
    alert = Alert.objects.create(
        target=target,
        owner=target.owner,
        limit=limit,
        value=value,
        hits=found.hits,
        cases=found.cases,
        opened_at=now,
    )
    _record("quality.alert_opened", alert, None, now, value=written(target, found.value))
    _tell(alert, now)


def _live(target: Target) -> Alert | None:
    return target.alerts.filter(ended_at__isnull=True).select_for_update(no_key=True).first()


def _tell(alert: Alert, now: datetime) -> None:
    target = alert.target
    notify(
        people=[alert.owner],
        kind="quality",
        title=_("{figure} of {workflow} crossed its limit").format(
            figure=BY_KEY[target.figure].label, workflow=target.workflow.name
        ),
        text=_("It is {value} over the last four weeks; the limit is {limit}. You answer for it.").format(
            value=written(target, alert.value), limit=written(target, float(alert.limit))
        ),
        link=f"/outcomes/{target.workflow.slug}/scorecard/",
        tier=_TIER,
        now=now,
        workflow_id=target.workflow_id,
    )


def _record(verb: str, alert: Alert, by: User | None, now: datetime, **data: str) -> None:
    target = alert.target
    audit.record(
        verb=verb,
        now=now,
        by=by,
        subject=("quality_alert", alert.pk, called(target)),
        workflow_id=target.workflow_id,
        data={"limit": written(target, float(alert.limit)), "owner": alert.owner.name, **data},
    )
