"""The verbs of messages: put one into the outbox, send one again.

`emit` runs inside the transaction of the verb it tells about, and only writes rows. Sending is the dispatcher's
(`dispatch`). People are told through `notifying`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.insertion import insert_at_end
from apps.delivery import policies
from apps.delivery.event_types import EVENT_TYPES
from apps.delivery.models import ChatChannel, Delivery, DeliveryStatus, OutboxEvent, WebhookEndpoint
from apps.delivery.waking import wake


def outbox_event(
    *,
    type: str,
    subject_id: UUID,
    now: datetime,
    data: dict[str, Any],
    workflow_id: int | None = None,
    agent_id: int | None = None,
) -> OutboxEvent:
    """An unsaved outbox row, for verbs that write many at once with `emit_many`.

    Raises ValueError for a type no webhook can ask for; see `event_types`.
    """
    if type not in EVENT_TYPES:
        raise ValueError(f"{type!r} is not among apps.delivery.event_types")
    return OutboxEvent(
        type=type,
        subject_id=subject_id,
        created_at=now,
        data=data,
        workflow_id=workflow_id,
        agent_id=agent_id,
    )


def emit(
    *,
    type: str,
    subject_id: UUID,
    now: datetime,
    data: dict[str, Any],
    workflow_id: int | None = None,
    agent_id: int | None = None,
) -> OutboxEvent:
    """Write one outbox row. `type` is a CloudEvents type such as `reviewhub.proposal.decided.v1`."""
    row = outbox_event(
        type=type, subject_id=subject_id, now=now, data=data, workflow_id=workflow_id, agent_id=agent_id
    )
    insert_at_end([row])
    wake()
    return row


def emit_many(rows: Iterable[OutboxEvent]) -> None:
    """Write rows made by `outbox_event`, in one statement."""
    insert_at_end(rows)
    wake()


def replay(*, delivery_id: UUID, by: User, now: datetime) -> Delivery:
    """Send a message again, with all its attempts, under the same message id.

    Raises NotAllowed for anyone but an admin, and while the message is waiting anyway.
    """
    with transaction.atomic():
        row = Delivery.objects.select_for_update(no_key=True).get(pk=delivery_id)
        policies.check_replay(row, by=by)
        row.status = DeliveryStatus.WAITING
        row.attempts = 0
        row.next_at = now
        row.sent_at = None
        row.save(update_fields=["status", "attempts", "next_at", "sent_at"])
        verb, subject = _replayed(row)
        audit.record(verb=verb, now=now, by=by, subject=subject, data={"count": 1, "delivery": str(row.id)})
        wake()
    return row


def _replayed(row: Delivery) -> tuple[str, audit.Subject]:
    """The verb and subject of the audit event."""
    if row.endpoint_id:
        name = WebhookEndpoint.objects.values_list("name", flat=True).get(pk=row.endpoint_id)
        return "webhook.replayed", ("webhook", row.endpoint_id, name)
    if row.channel_id:
        name = ChatChannel.objects.values_list("name", flat=True).get(pk=row.channel_id)
        return "chat_channel.replayed", ("chat_channel", row.channel_id, name)
    return "email.replayed", ("email", row.email)
