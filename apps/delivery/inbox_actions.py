"""What people do with their own notifications: mark them as read, say how they want to be told.

None of it is about a task, so none of it is in the audit log.
"""

from collections.abc import Sequence
from datetime import datetime, time
from typing import NamedTuple
from uuid import UUID

from django.db import models, transaction

from apps.accounts.models import User
from apps.delivery import live
from apps.delivery.models import Notification, Preferences
from apps.delivery.waking import wake


class Wishes(NamedTuple):
    """How a person wants to be told; as in `Preferences`."""

    zone: str = ""
    quiet_starts: time | None = None
    quiet_ends: time | None = None
    email_off: Sequence[str] = ()
    chat_off: Sequence[str] = ()


def mark_read(*, notification_id: UUID, by: User, now: datetime) -> bool:
    """Mark one of one's own notifications; whether it was unread."""
    return bool(_mark(Notification.objects.filter(pk=notification_id), by, now))


def mark_all_read(*, up_to: UUID, by: User, now: datetime) -> int:
    """Mark one's own unread notifications up to the one with this id, the newest seen; how many they were."""
    return _mark(Notification.objects.filter(pk__lte=up_to), by, now)


def save_preferences(*, wishes: Wishes, by: User, now: datetime) -> Preferences:
    """Store how one wants to be told. What waits for quiet hours or a digest is thought about again at once."""
    with transaction.atomic():
        Preferences.objects.bulk_create([Preferences(person=by)], ignore_conflicts=True)
        row = Preferences.objects.select_for_update(no_key=True).get(person=by)
        for name, value in wishes._asdict().items():
            setattr(row, name, list(value) if isinstance(value, (list, tuple)) else value)
        row.save(update_fields=list(wishes._fields))
        if Notification.objects.filter(person=by, parcel__isnull=True).update(next_at=now):
            wake()
    return row


def _mark(rows: models.QuerySet[Notification], by: User, now: datetime) -> int:
    with transaction.atomic():
        count = rows.filter(person=by, read_at__isnull=True).update(read_at=now)
        if count:
            live.announce([f"person:{by.pk}"])
    return count
