"""What the delivery pages read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from apps.delivery.models import Delivery, DeliveryStatus, WebhookEndpoint

PAGE = 50


@dataclass(frozen=True)
class Page:
    """`rows` newest first; `older` is the key of the next page, None on the last."""

    rows: list[Delivery]
    older: UUID | None


def deliveries(
    *, status: str = "", endpoint_id: int | None = None, before: UUID | None = None, size: int = PAGE
) -> Page:
    """One page of messages, newest first; `before` is the `older` of the page read last."""
    rows = _without_secrets().order_by("-id")
    if status:
        rows = rows.filter(status=status)
    if endpoint_id is not None:
        rows = rows.filter(endpoint_id=endpoint_id)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: size + 1])
    return Page(found[:size], found[size - 1].id if len(found) > size else None)


def delivery(delivery_id: UUID) -> Delivery | None:
    """One message with its event and endpoint."""
    return _without_secrets().filter(pk=delivery_id).first()


@dataclass(frozen=True)
class Unfinished:
    """How many messages wait, and how many were given up."""

    waiting: int = 0
    dead: int = 0


def unfinished() -> dict[int | None, Unfinished]:
    """What is unfinished for each endpoint id, and under None for e-mail. Read from partial indexes."""
    return {row["endpoint_id"]: Unfinished(row["waiting"], row["dead"]) for row in _counted()}


def total(counts: Iterable[Unfinished]) -> Unfinished:
    """The sum of what `unfinished` found."""
    rows = list(counts)
    return Unfinished(sum(row.waiting for row in rows), sum(row.dead for row in rows))


def endpoints() -> list[WebhookEndpoint]:
    """Every endpoint by name, without its secrets."""
    return list(WebhookEndpoint.objects.defer("secret", "old_secret").order_by("name"))


def _counted() -> Iterable[Any]:
    found = Delivery.objects.filter(status__in=[DeliveryStatus.WAITING, DeliveryStatus.DEAD]).order_by()
    return found.values("endpoint_id").annotate(
        waiting=Count("id", filter=Q(status=DeliveryStatus.WAITING)),
        dead=Count("id", filter=Q(status=DeliveryStatus.DEAD)),
    )


def _without_secrets() -> QuerySet[Delivery]:
    return Delivery.objects.select_related("event", "endpoint").defer(
        "endpoint__secret", "endpoint__old_secret"
    )
