"""What can be done to any receiver of messages, webhook or chat: stop, go on, remove, send again what was given up."""

from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.audit import actions as audit
from apps.delivery import policies
from apps.delivery.models import ChatChannel, DeliveryStatus, WebhookEndpoint
from apps.delivery.waking import wake

R = TypeVar("R", bound=WebhookEndpoint | ChatChannel)


def disable(*, receiver: R, reason: str, by: User | None, now: datetime) -> R:
    """Stop sending. What waits keeps waiting; a chat gets nothing new. `by` None: the receiver said 410."""
    with transaction.atomic():
        row = locked(receiver)
        policies.check_edit_receiver(row, by=by)
        if row.is_active:
            row.is_active, row.stopped_because = False, reason[:200]
            row.save(update_fields=["is_active", "stopped_because"])
            record("disabled", row, by, now, {"reason": row.stopped_because})
    return row


def enable(*, receiver: R, by: User, now: datetime) -> R:
    """Send again, beginning with what waits. Raises NotAllowed, also while it has no address."""
    with transaction.atomic():
        row = locked(receiver)
        policies.check_edit_receiver(row, by=by)
        if not row.url:
            raise NotAllowed(_("Type the channel's address first."))
        if not row.is_active:
            row.is_active, row.stopped_because, row.failures, row.quiet_until = True, "", 0, None
            row.save(update_fields=["is_active", "stopped_because", "failures", "quiet_until"])
            record("enabled", row, by, now, {})
            wake()
    return row


def delete(*, receiver: R, by: User, now: datetime) -> None:
    """Remove one that never had a message. One that had is part of the record and stays. Raises NotAllowed."""
    with transaction.atomic():
        # FOR UPDATE: a fan-out that is about to refer to the row waits, or is waited for.
        row = type(receiver).objects.select_for_update().get(pk=receiver.pk)
        policies.check_edit_receiver(row, by=by)
        if row.deliveries.exists():
            raise NotAllowed(_("Messages were sent here. Switch it off instead: the record stays."))
        record("deleted", row, by, now, {})
        row.delete()


def replay_dead(*, receiver: WebhookEndpoint | ChatChannel, by: User, now: datetime) -> int:
    """Send every message again that was given up for it; the number of them. Raises NotAllowed."""
    with transaction.atomic():
        policies.check_edit_receiver(receiver, by=by)
        count = receiver.deliveries.filter(status=DeliveryStatus.DEAD).update(
            status=DeliveryStatus.WAITING, attempts=0, next_at=now
        )
        if count:
            record("replayed", receiver, by, now, {"count": count})
            wake()
    return count


def locked(receiver: R) -> R:
    """The receiver as it is now, its row locked."""
    row: R = type(receiver).objects.select_for_update(no_key=True).get(pk=receiver.pk)  # type: ignore[assignment]  # its own kind
    return row


def record(
    what: str,
    row: WebhookEndpoint | ChatChannel,
    by: User | None,
    now: datetime,
    data: dict[str, Any],
) -> None:
    """The audit event of something done to a receiver, such as `webhook.disabled`. A chat's address is a secret."""
    workflow_id = None
    if isinstance(row, WebhookEndpoint):
        workflow_id = row.workflow_id
        data = data | {"url": row.url} if what == "deleted" else data
    audit.record(
        verb=f"{row.audit_kind}.{what}",
        now=now,
        by=by,
        subject=(row.audit_kind, row.pk, row.name),
        workflow_id=workflow_id,
        data=data,
    )
