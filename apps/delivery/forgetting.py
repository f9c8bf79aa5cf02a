"""How long are messages kept? REVIEWHUB_KEEP_MESSAGES_DAYS after they were sent or read.

What was not sent, was given up, or has not been read by the person it is for stays, however old.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, OuterRef

from apps.audit.ids import uuid7_at
from apps.delivery.models import Delivery, DeliveryStatus, Notification, OutboxEvent

BATCH = 2_000


def forget_messages(*, now: datetime, limit: int = 50_000) -> int:
    """Remove up to about `limit` rows of each kind that are old enough. Any number may do so. How many were removed."""
    before = now - timedelta(days=settings.REVIEWHUB_KEEP_MESSAGES_DAYS)
    sent = Delivery.objects.filter(status=DeliveryStatus.SENT, sent_at__lt=before).order_by("sent_at")
    told = (
        OutboxEvent.objects.filter(
            id__lt=uuid7_at(before), created_at__lt=before, fanned_out_at__isnull=False
        )
        .exclude(Exists(Delivery.objects.filter(event=OuterRef("pk"))))
        .order_by("id")
    )
    read = Notification.objects.filter(read_at__lt=before, parcel__isnull=False).order_by("read_at")
    return sum(_remove(rows, limit) for rows in (sent, told, read))


def _remove(rows: "models.QuerySet[models.Model]", limit: int) -> int:
    removed = 0
    while removed < limit:
        with transaction.atomic():
            old = list(
                rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:BATCH]
            )
            rows.model._default_manager.filter(pk__in=old).delete()
        removed += len(old)
        if len(old) < BATCH:
            break
    return removed
