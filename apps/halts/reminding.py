"""Asks the offices to look again at halts whose day has come, once a day until somebody keeps or lifts them."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from apps.audit.sweeping import sweep
from apps.halts.models import Halt
from apps.halts.telling import tell_overdue


def remind_overdue(*, now: datetime, limit: int = 200) -> int:
    """Tell of each standing halt whose day has come, once a day; how many. Any number of sweepers may run."""
    today = timezone.localdate(now)
    due = Halt.objects.standing().filter(
        Q(told_on__isnull=True) | Q(told_on__lt=today), look_again_on__lte=today
    )
    due = due.with_targets().select_related("by")
    return sweep(
        next_due=lambda failed: (
            due.exclude(pk__in=failed)
            .select_for_update(of=("self",), skip_locked=True, no_key=True)
            .order_by("pk")
            .first()
        ),
        act=lambda halt: _remind(halt, now),
        limit=limit,
    )


def _remind(halt: Halt, now: datetime) -> None:
    halt.told_on = timezone.localdate(now)
    halt.save(update_fields=["told_on"])
    tell_overdue(halt, now=now)
