"""What the delivery pages and the inbox read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from apps.accounts.models import User
from apps.delivery.models import (
    ChatChannel,
    Delivery,
    DeliveryStatus,
    Notification,
    Preferences,
    WebhookEndpoint,
)

PAGE = 50
# The bell counts no further.
MOST_COUNTED = 100
Row = TypeVar("Row", Delivery, Notification)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """`rows` newest first; `older` is the key of the next page, None on the last."""

    rows: list[Row]
    older: UUID | None


def deliveries(
    *,
    status: str = "",
    endpoint_id: int | None = None,
    channel_id: int | None = None,
    before: UUID | None = None,
    size: int = PAGE,
) -> Page[Delivery]:
    """One page of messages, newest first; `before` is the `older` of the page read last."""
    rows = _without_secrets()
    if status:
        rows = rows.filter(status=status)
    if endpoint_id is not None:
        rows = rows.filter(endpoint_id=endpoint_id)
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    return _page(rows, before, size)


def delivery(delivery_id: UUID) -> Delivery | None:
    """One message with its event and endpoint."""
    return _without_secrets().filter(pk=delivery_id).first()


@dataclass(frozen=True)
class Unfinished:
    """How many messages wait, and how many were given up."""

    waiting: int = 0
    dead: int = 0


def unfinished() -> dict[int | None, Unfinished]:
    """What is unfinished for each endpoint id, and under None for people and chats. Read from partial indexes."""
    return _counted("endpoint_id")


def unfinished_of_channels() -> dict[int | None, Unfinished]:
    """What is unfinished for each chat channel id, and under None for everything else."""
    return _counted("channel_id")


def total(counts: Iterable[Unfinished]) -> Unfinished:
    """The sum of what `unfinished` found."""
    rows = list(counts)
    return Unfinished(sum(row.waiting for row in rows), sum(row.dead for row in rows))


def endpoints() -> list[WebhookEndpoint]:
    """Every endpoint by name, without its secrets."""
    return list(WebhookEndpoint.objects.defer("secret", "old_secret").order_by("name"))


def receiver(*, endpoint_id: int | None, channel_id: int | None) -> WebhookEndpoint | ChatChannel | None:
    """The webhook or else the chat channel with this key, without its secrets."""
    if endpoint_id is not None:
        return WebhookEndpoint.objects.defer("secret", "old_secret").filter(pk=endpoint_id).first()
    if channel_id is not None:
        return ChatChannel.objects.defer("url").filter(pk=channel_id).first()
    return None


def channels() -> list[ChatChannel]:
    """Every chat channel an admin registered, by name; people's own are theirs."""
    return list(ChatChannel.objects.filter(owner__isnull=True).order_by("name", "pk"))


def channel(slug: str) -> ChatChannel | None:
    """The registered chat channel of this slug."""
    return ChatChannel.objects.filter(slug=slug).first()


def own_chat(person: User) -> ChatChannel | None:
    """The person's own chat."""
    return ChatChannel.objects.filter(owner=person).first()


def last_message_of(chat: ChatChannel) -> Delivery | None:
    """The newest message to this chat."""
    return chat.deliveries.order_by("-id").first()


def notifications(
    person: User, *, only_unread: bool, before: UUID | None = None, size: int = PAGE
) -> Page[Notification]:
    """One page of a person's notifications, newest first."""
    rows = Notification.objects.filter(person=person)
    return _page(rows.unread() if only_unread else rows, before, size)


def unread_count(person: User) -> int:
    """How many notifications are unread, counted up to MOST_COUNTED."""
    return Notification.objects.filter(person=person).unread().order_by()[:MOST_COUNTED].count()


def preferences(person: User) -> Preferences:
    """How a person wants to be told; unsaved where they never said."""
    return Preferences.objects.filter(person=person).first() or Preferences(person=person)


def _page(rows: QuerySet[Row], before: UUID | None, size: int) -> Page[Row]:
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: size + 1])
    return Page(found[:size], found[size - 1].id if len(found) > size else None)


def _counted(receiver: str) -> dict[int | None, Unfinished]:
    found = Delivery.objects.filter(status__in=[DeliveryStatus.WAITING, DeliveryStatus.DEAD]).order_by()
    counted = found.values(receiver).annotate(
        waiting=Count("id", filter=Q(status=DeliveryStatus.WAITING)),
        dead=Count("id", filter=Q(status=DeliveryStatus.DEAD)),
    )
    return {row[receiver]: Unfinished(row["waiting"], row["dead"]) for row in counted}


def _without_secrets() -> QuerySet[Delivery]:
    return Delivery.objects.select_related("event", "endpoint", "channel").defer(
        "endpoint__secret", "endpoint__old_secret", "channel__url"
    )
