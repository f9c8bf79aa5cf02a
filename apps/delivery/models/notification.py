"""What people are told, and how they want to be."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts.models import User
from apps.audit.ids import uuid7


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications by what has to happen to them."""

    def unread(self) -> "NotificationQuerySet":
        """Not marked as read by the person they are for."""
        return self.filter(read_at__isnull=True)

    def unpacked(self, now: datetime) -> "NotificationQuerySet":
        """Not in a parcel yet, and the moment to think about it has come."""
        return self.filter(parcel__isnull=True, next_at__lte=now)


class Notification(models.Model):
    """One thing one person is told. The row is what the bell shows; messages are made from it afterwards.

    `parcel` is the message it left in: set once, when that is decided, even if the person wants it on the web only.
    Until then it waits for `next_at`. `link` is a path of this installation.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications", db_index=False)
    kind = models.CharField(max_length=40)
    tier = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    link = models.CharField(max_length=500, blank=True)
    workflow_id = models.BigIntegerField(null=True)
    proposal_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField()
    parcel = models.UUIDField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["person", "-id"], name="notification_of_person"),
            models.Index(
                fields=["person", "-id"], name="notification_unread", condition=models.Q(read_at__isnull=True)
            ),
            models.Index(
                fields=["next_at"], name="notification_unpacked", condition=models.Q(parcel__isnull=True)
            ),
            models.Index(
                fields=["read_at"], name="notification_read", condition=models.Q(read_at__isnull=False)
            ),
            models.Index(
                fields=["proposal_id"],
                name="notification_of_proposal",
                condition=models.Q(proposal_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Preferences(models.Model):
    """How one person wants to be told. Whoever makes this person's messages holds this row's lock.

    `email_off` and `chat_off` name kinds (`kinds.KINDS`) that do not come that way. `quiet_starts` and `quiet_ends` are
    local times in `zone` (empty: the installation's). `recent` holds the moments of the last messages that could have
    waited, which is how a flood is noticed.
    """

    person = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE)
    zone = models.CharField(max_length=60, blank=True)
    quiet_starts = models.TimeField(null=True)
    quiet_ends = models.TimeField(null=True)
    email_off = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    chat_off = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    recent = ArrayField(models.DateTimeField(), default=list, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quiet_starts__isnull=True, quiet_ends__isnull=True)
                | models.Q(quiet_starts__isnull=False, quiet_ends__isnull=False),
                name="preferences_quiet_from_and_until",
            ),
        ]

    def __str__(self) -> str:
        return f"preferences of {self.person}"
