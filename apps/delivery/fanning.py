"""Turns what happened into what is to be sent: one delivery per event and endpoint that wants it.

Any number of dispatchers may do this at once: each takes rows the others have not locked.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction

from apps.delivery.models import Delivery, OutboxEvent, WebhookEndpoint

BATCH = 500
log = structlog.get_logger(__name__)


def wants(endpoint: WebhookEndpoint, event: OutboxEvent) -> bool:
    """Whether the endpoint's narrowing lets this event through. What is empty does not narrow."""
    return (
        endpoint.agent_id in (None, event.agent_id)
        and endpoint.workflow_id in (None, event.workflow_id)
        and (not endpoint.types or event.type in endpoint.types)
    )


def fan_out(*, now: datetime) -> int:
    """Fan out one batch of waiting events, oldest first; how many were taken."""
    try:
        with transaction.atomic():
            events = _take(BATCH)
            _write(events, now)
    except DatabaseError as error:
        # One row in the batch is bad: the others must not wait for it.
        log.warning("fan_out_one_by_one", error=str(error))
        return sum(_fan_out_alone(ident, now) for ident in _waiting_ids())
    return len(events)


def _fan_out_alone(ident: UUID, now: datetime) -> int:
    try:
        with transaction.atomic():
            events = list(
                OutboxEvent.objects.select_for_update(skip_locked=True).filter(
                    pk=ident, fanned_out_at__isnull=True
                )
            )
            _write(events, now)
    except DatabaseError:
        log.exception("event_not_fanned_out", outbox_event=str(ident))
        return 0
    return len(events)


def _waiting_ids() -> list[UUID]:
    waiting = OutboxEvent.objects.filter(fanned_out_at__isnull=True)
    return list(waiting.order_by("id").values_list("id", flat=True)[:BATCH])


def _take(size: int) -> list[OutboxEvent]:
    waiting = OutboxEvent.objects.filter(fanned_out_at__isnull=True).order_by("id")
    return list(waiting.select_for_update(skip_locked=True, no_key=True)[:size])


def _write(events: Iterable[OutboxEvent], now: datetime) -> None:
    # Without the secrets: an endpoint that cannot be decrypted must not stop the others.
    endpoints = list(WebhookEndpoint.objects.filter(is_active=True).defer("secret", "old_secret"))
    Delivery.objects.bulk_create(
        [
            Delivery(event=event, endpoint=endpoint, next_at=now, created_at=now)
            for event in events
            for endpoint in endpoints
            if wants(endpoint, event)
        ],
        batch_size=1000,
        ignore_conflicts=True,
    )
    OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(fanned_out_at=now)
