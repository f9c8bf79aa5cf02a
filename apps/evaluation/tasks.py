"""Celery wakes the sweeper of evaluation."""

from celery import shared_task

from apps.audit.sweeping import drain
from apps.evaluation import folding


@shared_task
def count_again() -> int:
    """Count what happened beside what people chose. How many events, where there were many."""
    return drain(folding.count_again, limit=2000)
