"""The verbs of messages: put one into the outbox or the post, send one again.

`emit` and `send_email` run inside the transaction of the verb they tell about, and only write rows. Sending
is the dispatcher's (`dispatch`).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.validators import validate_email
from django.db import transaction

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.insertion import insert
from apps.delivery import policies
from apps.delivery.models import Delivery, DeliveryStatus, OutboxEvent, WebhookEndpoint
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
    """An unsaved outbox row, for verbs that write many at once with `emit_many`."""
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
    row.save(force_insert=True)
    wake()
    return row


def emit_many(rows: Iterable[OutboxEvent]) -> None:
    """Write rows made by `outbox_event`, in one statement."""
    insert(list(rows))
    wake()


def send_email(*, to: str, subject: str, body: str, now: datetime) -> Delivery:
    """Queue one plain-text e-mail. Raises ValidationError when `to` is not one e-mail address.

    Line breaks and control characters in `subject` become spaces, so that nothing can add a header.
    """
    validate_email(to)
    line = " ".join("".join(character if character.isprintable() else " " for character in subject).split())
    row = Delivery.objects.create(
        email=to, subject=line[:200], body=body.replace("\x00", ""), next_at=now, created_at=now
    )
    wake()
    return row


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
        audit.record(
            verb="webhook.replayed" if row.endpoint_id else "email.replayed",
            now=now,
            by=by,
            subject=("webhook", row.endpoint_id, _name(row.endpoint_id))
            if row.endpoint_id
            else ("email", row.email),
            data={"count": 1, "delivery": str(row.id)},
        )
        wake()
    return row


def replay_dead(*, endpoint: WebhookEndpoint, by: User, now: datetime) -> int:
    """Send every message again that was given up for this endpoint; the number of them."""
    with transaction.atomic():
        policies.check_edit_endpoints(by)
        count = endpoint.deliveries.filter(status=DeliveryStatus.DEAD).update(
            status=DeliveryStatus.WAITING, attempts=0, next_at=now
        )
        if count:
            audit.record(
                verb="webhook.replayed",
                now=now,
                by=by,
                subject=("webhook", endpoint.pk, endpoint.name),
                data={"count": count},
            )
            wake()
    return count


def _name(endpoint_id: int) -> str:
    return WebhookEndpoint.objects.values_list("name", flat=True).get(pk=endpoint_id)
