"""Celery wakes the sweepers of quality; each calls one action."""

from celery import shared_task

from apps.audit.sweeping import drain
from apps.quality import alerting, counting


@shared_task
def count_events() -> int:
    """Count what was written into the audit log since. How many events."""
    return drain(counting.count_events, limit=5000)


@shared_task
def look_at_targets() -> int:
    """Look whether figures crossed their limits or are back. How many were looked at."""
    return drain(alerting.look_at_targets)
