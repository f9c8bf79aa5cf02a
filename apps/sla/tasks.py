"""Celery tasks of the clock."""

from celery import shared_task

from apps.audit.sweeping import drain
from apps.sla import actions


@shared_task
def mark_breaches() -> int:
    """Mark targets whose time is over. How many."""
    return drain(actions.mark_breaches)
