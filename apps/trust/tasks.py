"""Celery wakes the sweepers of trust; each calls one action."""

from celery import shared_task
from django.utils import timezone

from apps.trust import recommending, thinning


@shared_task
def reconsider_ripe() -> int:
    """Recommend what was earned, once the reviews that were pending have been decided."""
    return recommending.reconsider_ripe(now=timezone.now())


@shared_task
def take_back_thin() -> int:
    """Return what is audited too little to full review."""
    return thinning.take_back_thin(now=timezone.now())
