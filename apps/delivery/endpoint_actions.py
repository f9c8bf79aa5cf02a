"""The verbs of webhook endpoints. A secret leaves once, as a result, and is never logged."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.audit import actions as audit
from apps.delivery import policies
from apps.delivery.addresses import allowed, check_url
from apps.delivery.models import WebhookEndpoint
from apps.delivery.waking import wake

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
        _record("webhook.registered", row, by, now, {"url": row.url})
    return row, secret


def change(*, endpoint_id: int, target: Target, by: User, now: datetime) -> WebhookEndpoint:
    """Change name, address and narrowing; nothing is recorded when nothing changed."""
    policies.check_edit_endpoints(by)
    check_url(target.url, allowed())
    with transaction.atomic():
        row = _locked(endpoint_id)
        fields = _fields(target)
        changed = {
            key: [getattr(row, key), value] for key, value in fields.items() if getattr(row, key) != value
        }
        if changed:
            for key, value in fields.items():
                setattr(row, key, value)
            row.save(update_fields=list(fields))
            _record("webhook.changed", row, by, now, changed)
    return row


def rotate_secret(*, endpoint_id: int, by: User, now: datetime) -> str:
    """A new secret. The one before signs beside it for a day, so that the receiver can change over."""
    with transaction.atomic():
        row = _locked(endpoint_id)
        policies.check_edit_endpoints(by)
        row.old_secret, row.old_secret_until = row.secret, now + OLD_SECRET_SIGNS
        row.secret = _new_secret()
        row.save(update_fields=["secret", "old_secret", "old_secret_until"])
        _record("webhook.secret_rotated", row, by, now, {})
    return row.secret


def disable(*, endpoint_id: int, reason: str, by: User | None, now: datetime) -> WebhookEndpoint:
    """Stop sending. Messages that wait keep waiting. `by` None: the receiver said 410."""
    with transaction.atomic():
        row = _locked(endpoint_id)
        if by is not None:
            policies.check_edit_endpoints(by)
        if row.is_active:
            row.is_active, row.stopped_because = False, reason[:200]
            row.save(update_fields=["is_active", "stopped_because"])
            _record("webhook.disabled", row, by, now, {"reason": row.stopped_because})
    return row


def enable(*, endpoint_id: int, by: User, now: datetime) -> WebhookEndpoint:
    """Send again, beginning with what waits."""
    with transaction.atomic():
        row = _locked(endpoint_id)
        policies.check_edit_endpoints(by)
        if not row.is_active:
            row.is_active, row.stopped_because, row.failures, row.quiet_until = True, "", 0, None
            row.save(update_fields=["is_active", "stopped_because", "failures", "quiet_until"])
            _record("webhook.enabled", row, by, now, {})
            wake()
    return row


def delete(*, endpoint_id: int, by: User, now: datetime) -> None:
    """Remove an endpoint that never had a message. One that had is part of the record and stays."""
    with transaction.atomic():
        # FOR UPDATE: a fan-out that is about to refer to the row waits, or is waited for.
        row = WebhookEndpoint.objects.select_for_update().get(pk=endpoint_id)
        policies.check_edit_endpoints(by)
        if row.deliveries.exists():
            raise NotAllowed(
                _("Messages were sent to this webhook. Switch it off instead: the record stays.")
            )
        _record("webhook.deleted", row, by, now, {"url": row.url})
        row.delete()


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


def _locked(endpoint_id: int) -> WebhookEndpoint:
    return WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)


def _record(verb: str, row: WebhookEndpoint, by: User | None, now: datetime, data: dict[str, Any]) -> None:
    audit.record(
        verb=verb,
        now=now,
        by=by,
        subject=("webhook", row.pk, row.name),
        workflow_id=row.workflow_id,
        data=data,
    )
