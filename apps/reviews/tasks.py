"""Celery wakes the sweepers of reviews; each calls one action."""

from celery import shared_task
from django.utils import timezone

from apps.audit.sweeping import drain
from apps.reviews import asking, assigning, leases, returning, second_reviewing, seeding, settling


@shared_task
def settle_due() -> int:
    """Settle decisions whose undo window closed."""
    return drain(settling.settle_due)


@shared_task
def return_lost_claims() -> int:
    """Return tasks whose claim ran out."""
    return drain(returning.return_lost_claims)


@shared_task
def assign_due() -> int:
    """Give waiting tasks to people, in queues that say so."""
    return drain(assigning.assign_due)


@shared_task
def measure_leases() -> int:
    """Set how long claims last by what decisions took lately."""
    return leases.measure_leases(now=timezone.now())


@shared_task
def return_unanswered() -> int:
    """Return tasks whose agent did not answer in time."""
    return drain(asking.return_unanswered)


@shared_task
def order_replays() -> int:
    """Show known cases again, and to anybody what was kept for new people too long."""
    now = timezone.now()
    return seeding.order_replays(now=now) + seeding.open_to_all(now=now)


@shared_task
def order_second_reviews() -> int:
    """Have a share of what was decided decided again by another person."""
    return second_reviewing.order_second_reviews(now=timezone.now())
