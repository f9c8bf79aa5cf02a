"""Celery wakes the sweepers of assurance; each calls one action."""

from celery import shared_task

from apps.assurance import overdue, reminding
from apps.audit.sweeping import drain


@shared_task
def remind_of_items() -> int:
    """Tell owners what ends, and everybody accountable what has ended. How many items were told of."""
    return drain(reminding.remind_of_items)


@shared_task
def tell_of_overdue() -> int:
    """Tell governance which slices should have been reviewed. Of how many workflows it was told."""
    return drain(overdue.tell_of_overdue)
