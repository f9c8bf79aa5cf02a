"""Celery's door to the dispatcher and to what removes old messages. Waking them twice, or never, does no harm."""

import time

from celery import shared_task
from django.utils import timezone

from apps.delivery import dispatch, forgetting

# Then the next tick goes on: one task must not keep a worker for itself.
_BUDGET_SECONDS = 10


@shared_task
def deliver_due() -> None:
    """Fan out and send until nothing is due."""
    ends = time.monotonic() + _BUDGET_SECONDS
    while dispatch.run(now=timezone.now()) and time.monotonic() < ends:
        pass


@shared_task
def forget_messages() -> int:
    """Remove messages that were sent or read long ago."""
    return forgetting.forget_messages(now=timezone.now())
