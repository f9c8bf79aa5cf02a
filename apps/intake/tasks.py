"""Celery wakes the sweepers of intake; each calls one action."""

from celery import shared_task
from django.utils import timezone

from apps.audit.sweeping import drain
from apps.intake import endings, examining, forgetting, vetoing


@shared_task
def expire_due() -> int:
    """Expire pending proposals that are no longer useful."""
    return drain(endings.expire_due)


@shared_task
def close_windows() -> int:
    """Let act what waited its veto window out."""
    return drain(vetoing.close_windows)


@shared_task
def open_examinations() -> int:
    """Put ordered audits and second looks into their queues."""
    return drain(examining.open_ordered)


@shared_task
def forget_idempotency_keys() -> int:
    """Remove stored answers nobody can need any more."""
    return forgetting.forget_idempotency_keys(now=timezone.now())
