"""What a webhook looks like on the wire: a CloudEvents 1.0 body, signed the Standard Webhooks way. Pure."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

from apps.delivery.models import OutboxEvent


class UnreadableSecret(ValueError):
    """The stored secret cannot be decrypted with the keys this process was given."""


def body_of(event: OutboxEvent, *, source: str) -> bytes:
    """The CloudEvents structured JSON of an event; the same bytes on every attempt."""
    message = {
        "specversion": "1.0",
        "id": str(event.id),
        "source": source,
        "type": event.type,
        "subject": str(event.subject_id),
        "time": event.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": event.data,
    }
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()


def headers_of(event: OutboxEvent, body: bytes, *, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers of one attempt. Every secret signs, newest first; the id stays the same."""
    if not all(secret.startswith("whsec_") for secret in secrets):
        raise UnreadableSecret("The webhook's secret cannot be decrypted; check REVIEWHUB_SECRET_KEYS.")
    at = now.astimezone(UTC)
    ident = str(event.id)
    return {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "webhook-id": ident,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(
            Webhook(secret).sign(msg_id=ident, timestamp=at, data=body.decode()) for secret in secrets
        ),
    }
