"""The verbs of webhook endpoints. A secret leaves once, as a result, and is never logged."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts.models import User
from apps.delivery import policies
from apps.delivery.addresses import allowed, check_url
from apps.delivery.models import WebhookEndpoint
from apps.delivery.receiver_actions import locked, record

# How long the secret before the present one still signs.
OLD_SECRET_SIGNS = timedelta(hours=24)


@dataclass(frozen=True)
class Target:
    """What an endpoint is: its name, address, and what narrows its messages (None or empty: all)."""

    name: str
    url: str
    agent_id: int | None = None
    workflow_id: int | None = None
    types: Sequence[str] = ()


def register(*, target: Target, by: User, now: datetime) -> tuple[WebhookEndpoint, str]:
    """A new endpoint and its secret. Raises NotAllowed, or RefusedAddress with the reason."""
    policies.check_edit_endpoints(by)
    check_url(target.url, allowed())
    secret = _new_secret()
    with transaction.atomic():
        row = WebhookEndpoint.objects.create(**_fields(target), secret=secret, created_at=now)
        record("registered", row, by, now, {"url": row.url})
    return row, secret


def change(*, endpoint_id: int, target: Target, by: User, now: datetime) -> WebhookEndpoint:
    """Change name, address and narrowing; nothing is recorded when nothing changed."""
    policies.check_edit_endpoints(by)
    check_url(target.url, allowed())
    with transaction.atomic():
        row = locked(WebhookEndpoint(pk=endpoint_id))
        fields = _fields(target)
        changed = {
            key: [getattr(row, key), value] for key, value in fields.items() if getattr(row, key) != value
        }
        if changed:
            for key, value in fields.items():
                setattr(row, key, value)
            row.save(update_fields=list(fields))
            record("changed", row, by, now, changed)
    return row


def rotate_secret(*, endpoint_id: int, by: User, now: datetime) -> str:
    """A new secret. The one before signs beside it for a day, so that the receiver can change over."""
    with transaction.atomic():
        row = locked(WebhookEndpoint(pk=endpoint_id))
        policies.check_edit_endpoints(by)
        row.old_secret, row.old_secret_until = row.secret, now + OLD_SECRET_SIGNS
        row.secret = _new_secret()
        row.save(update_fields=["secret", "old_secret", "old_secret_until"])
        record("secret_rotated", row, by, now, {})
    return row.secret


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _fields(target: Target) -> dict[str, object]:
    return {
        "name": target.name,
        "url": target.url,
        "agent_id": target.agent_id,
        "workflow_id": target.workflow_id,
        "types": sorted(set(target.types)),
    }
