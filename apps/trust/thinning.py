"""What runs by itself has to be audited often enough: below 50 audits in 180 days everything is reviewed again.

So many in so long, unless the criteria of the slice say otherwise.
"""

from datetime import datetime, timedelta

from django.db.models import Q

from apps.audit.sweeping import sweep
from apps.trust import controller
from apps.trust.models import LedgerEntry, Standing
from apps.trust.movement import BOUNDS
from apps.trust.moving import keep, moved
from apps.trust.standings import locked_standing
from apps.trust.states import Basis, Feeds, Move
from apps.trust.terms import rules_of

_SHORTEST = timedelta(days=BOUNDS["thin_days"][0])


def take_back_thin(*, now: datetime, limit: int = 200) -> int:
    """Return the standings that are too little audited to full review; how many were looked at."""
    running = Standing.objects.filter(running__gt=0, promoted_at__lte=now - _SHORTEST).order_by("pk")
    thin = [standing.pk for standing in running.select_related("slice") if _is_thin(standing, now)]
    return sweep(
        # Not locked here: the verb locks the standing together with its slice, and looks again.
        next_due=lambda failed: running.filter(pk__in=thin).exclude(pk__in=failed).first(),
        act=lambda standing: _take_back(standing, now),
        limit=limit,
    )


def _take_back(found: Standing, now: datetime) -> None:
    standing = locked_standing(found.slice_id, found.agent_version_id, now)
    before = standing.earned
    standing.newest_counted = None
    standing.is_ripe = False
    keep(standing, controller.again(before), now)
    if before.running:
        moved(standing, Move.TOO_THIN, before=before, now=now)


def _is_thin(standing: Standing, now: datetime) -> bool:
    rules = rules_of(standing.slice)
    since = now - timedelta(days=rules.thin_days)
    if standing.promoted_at is None or standing.promoted_at > since:
        return False
    audits = LedgerEntry.objects.filter(
        Q(basis=Basis.AUDIT) | Q(basis=Basis.PAUSED),
        slice_id=standing.slice_id,
        agent_version_id=standing.agent_version_id,
        feeds=Feeds.ALARM,
        is_counted=True,
        at__gt=since,
    )
    return audits[: rules.thin_audits].count() < rules.thin_audits
