"""Celery wakes the sweeper of the registry."""

from celery import shared_task

from apps.audit.sweeping import drain
from apps.registry import reminding


@shared_task
def remind_reviewers() -> int:
    """Ask to review what agents may propose, where the day has come."""
    return drain(reminding.remind_reviewers)
