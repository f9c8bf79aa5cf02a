"""Celery wakes the sealer."""

from celery import shared_task

from apps.audit import sealing
from apps.audit.sweeping import drain


@shared_task
def seal_events() -> int:
    """Seal what was written. How many events."""
    return drain(sealing.seal_due, limit=10_000)
