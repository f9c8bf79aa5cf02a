"""Celery wakes the sweeper of costs."""

from celery import shared_task

from apps.audit.sweeping import drain
from apps.costs import counting


@shared_task
def count_decided() -> int:
    """Count the days that are over."""
    return drain(counting.count_decided, limit=31)
