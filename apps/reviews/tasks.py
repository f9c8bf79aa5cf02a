"""Celery wakes the sweepers of reviews; each calls one action."""

from celery import shared_task
from django.utils import timezone

from apps.reviews import returning, settling


@shared_task
def settle_due() -> int:
    """Settle decisions whose undo window closed."""
    return settling.settle_due(now=timezone.now())


@shared_task
def return_lost_claims() -> int:
    """Return tasks whose claim ran out."""
    return returning.return_lost_claims(now=timezone.now())
