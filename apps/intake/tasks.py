"""Celery wakes the sweepers of intake; each calls one action."""

from celery import shared_task
from django.utils import timezone

from apps.intake import endings, forgetting


@shared_task
def expire_due() -> int:
    """Expire pending proposals that are no longer useful."""
    return endings.expire_due(now=timezone.now())


@shared_task
def forget_idempotency_keys() -> int:
    """Remove stored answers nobody can need any more."""
    return forgetting.forget_idempotency_keys(now=timezone.now())
