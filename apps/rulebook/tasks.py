"""Celery wakes what runs back-tests; it calls one action."""

from celery import shared_task

from apps.rulebook import running


@shared_task
def run_back_tests() -> int:
    """Run the back-tests that wait, one after the other. How many."""
    done = 0
    while running.run_next():
        done += 1
    return done
