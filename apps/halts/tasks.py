"""Celery wakes the sweeper of halts."""

from celery import shared_task

from apps.audit.sweeping import drain
from apps.halts import reminding


@shared_task
def remind_overdue() -> int:
    """Ask to look again where the day has come."""
    return drain(reminding.remind_overdue)
