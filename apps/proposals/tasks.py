"""Celery wakes the sweepers of proposals; each calls one action."""

from celery import shared_task
from django.utils import timezone

from apps.proposals import watching


@shared_task
def watch_drift() -> int:
    """Compare the work of every version with the time it was judged by."""
    return watching.watch_drift(now=timezone.now())
