"""Celery tasks of the clock."""

from celery import shared_task
from django.utils import timezone

from apps.sla import actions


@shared_task
def mark_breaches() -> int:
    """Mark targets whose time is over. How many."""
    return actions.mark_breaches(now=timezone.now())
