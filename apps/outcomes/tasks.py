"""Celery wakes the sweepers of outcomes; each calls one action."""

from celery import shared_task
from django.utils import timezone

from apps.audit.sweeping import drain
from apps.outcomes import folding, importing, own_events, reminding


@shared_task
def import_logs() -> int:
    """Import the event logs that wait, one after the other. How many."""
    done = 0
    while importing.import_next(now=timezone.now()):
        done += 1
    return done


@shared_task
def tell_own_events() -> int:
    """Tell the live logs what happened here, and measure it."""
    told = drain(own_events.tell_own_events, limit=5000)
    return told + drain(folding.fold_touched, limit=2000)


@shared_task
def remind_owners() -> int:
    """Remind owners of KPIs of what waits for their word. How many were looked at."""
    return drain(reminding.remind_owners)


@shared_task
def fold_touched() -> int:
    """Measure cases whose events came in. How many."""
    return drain(folding.fold_touched, limit=2000)
