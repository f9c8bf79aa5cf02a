"""Celery wakes what erases; each task calls one action."""

from celery import shared_task

from apps.audit.sweeping import drain
from apps.privacy import retaining, running


@shared_task
def run_erasures() -> int:
    """Carry out the requests that wait, one after the other. How many."""
    done = 0
    while running.run_next():
        done += 1
    return done


@shared_task
def erase_old() -> int:
    """Erase what is older than its workflow keeps it. How many proposals."""
    return drain(retaining.erase_old, limit=1000)
