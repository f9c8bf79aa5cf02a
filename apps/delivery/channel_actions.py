"""The verbs of chat channels. The address of a channel is a secret: it goes in, and never comes out again."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.delivery import policies
from apps.delivery.addresses import allowed, check_url
from apps.delivery.models import ChatChannel, Delivery, DeliveryStatus
from apps.delivery.notifying import notify_channel
from apps.delivery.receiver_actions import locked, record
from apps.delivery.waking import wake


def save_channel(*, slug: str, name: str, by: User | None, now: datetime, url: str = "") -> ChatChannel:
    """Register a channel, or change the one of this slug; an empty `url` keeps the address it has.

    A channel without an address is switched off until it gets one. `by` None is the operator at the command line.
    Raises NotAllowed, or RefusedAddress with the reason.
    """
    policies.check_edit_endpoints(by)
    if url:
        check_url(url, allowed())
    with transaction.atomic():
        row, is_new = ChatChannel.objects.select_for_update(no_key=True).get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "url": url or None,
                "is_active": bool(url),
                "stopped_because": "" if url else _("It has no address yet."),
                "created_at": now,
            },
        )
        if is_new:
            record("registered", row, by, now, {})
            return row
        changed: dict[str, Any] = {}
        if row.name != name:
            changed["name"] = [row.name, name]
            row.name = name
        if url and row.url != url:
            changed["address"] = True
            if not row.url:
                row.is_active, row.stopped_because = True, ""
            row.url, row.failures, row.quiet_until = url, 0, None
        if changed:
            row.save()
            record("changed", row, by, now, changed)
            wake()
    return row


def test(*, channel_id: int, by: User, now: datetime) -> Delivery:
    """Send a message that says it is a test. Raises NotAllowed while the last one waits, or the channel is off."""
    with transaction.atomic():
        row = locked(ChatChannel(pk=channel_id))
        policies.check_edit_receiver(row, by=by)
        title = _("A test from ReviewHub")
        if row.deliveries.filter(status=DeliveryStatus.WAITING, subject=title).exists():
            raise NotAllowed(_("The last test message is still on its way."))
        text = _("{name} sent this to see whether messages arrive here.").format(name=by.name)
        made = notify_channel(channel=row, title=title, text=text, link="/", now=now)
        if made is None:
            raise NotAllowed(_("The channel is switched off."))
        record("tested", row, by, now, {})
        return made


def save_own(*, url: str, by: User, now: datetime) -> ChatChannel:
    """Give oneself a personal chat address, or another one. Raises RefusedAddress with the reason."""
    check_url(url, allowed())
    name = _("chat of {name}").format(name=by.name)[:120]
    with transaction.atomic():
        row, is_new = ChatChannel.objects.select_for_update(no_key=True).get_or_create(
            owner=by, defaults={"name": name, "url": url, "created_at": now}
        )
        if not is_new:
            row.name, row.url, row.failures, row.quiet_until = name, url, 0, None
            row.is_active, row.stopped_because = True, ""
            row.save()
        record("registered" if is_new else "changed", row, by, now, {})
        wake()
    return row
