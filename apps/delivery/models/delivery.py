"""One message to one receiver, and where it stands."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.ids import uuid7
from apps.delivery.models.outbox import OutboxEvent
from apps.delivery.models.receiver import ChatChannel, WebhookEndpoint


class DeliveryStatus(models.TextChoices):
    """Where one delivery stands."""

    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    DEAD = "dead", _("gave up")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries by what has to happen to them."""

    def due(self, now: datetime) -> "DeliveryQuerySet":
        """Waiting, and their next attempt's moment has come; longest due first."""
        return self.filter(status=DeliveryStatus.WAITING, next_at__lte=now).order_by("next_at")


class Delivery(models.Model):
    """One message to one receiver: a webhook endpoint, a chat channel, or an e-mail address.

    `parcel` names the notifications inside, of a message that carries some. `body` of a chat message is escaped.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event = models.ForeignKey(OutboxEvent, null=True, on_delete=models.PROTECT, related_name="deliveries")
    endpoint = models.ForeignKey(
        WebhookEndpoint, null=True, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    channel = models.ForeignKey(
        ChatChannel, null=True, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    email = models.EmailField(blank=True)
    parcel = models.UUIDField(null=True)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        indexes = [
            # The dispatcher's: one receiver's due messages. E-mails are the rows without an endpoint.
            models.Index(
                fields=["endpoint", "next_at"], name="delivery_due", condition=models.Q(status="waiting")
            ),
            models.Index(fields=["-id"], name="delivery_waiting", condition=models.Q(status="waiting")),
            models.Index(fields=["-id"], name="delivery_dead", condition=models.Q(status="dead")),
            models.Index(fields=["endpoint", "-id"], name="delivery_of_endpoint"),
            models.Index(
                fields=["channel", "next_at"],
                name="delivery_due_chat",
                condition=models.Q(status="waiting", channel__isnull=False),
            ),
            models.Index(
                fields=["channel", "-id"],
                name="delivery_of_channel",
                condition=models.Q(channel__isnull=False),
            ),
            models.Index(fields=["sent_at"], name="delivery_sent", condition=models.Q(status="sent")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="delivery_once_per_endpoint"),
            models.UniqueConstraint(
                fields=["parcel"],
                name="delivery_once_by_email",
                condition=models.Q(parcel__isnull=False, channel__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["parcel"],
                name="delivery_once_by_chat",
                condition=models.Q(parcel__isnull=False, channel__isnull=False),
            ),
            models.CheckConstraint(
                condition=models.Q(
                    endpoint__isnull=False, channel__isnull=True, email="", event__isnull=False, parcel=None
                )
                | models.Q(endpoint__isnull=True, channel__isnull=False, email="")
                | models.Q(endpoint__isnull=True, channel__isnull=True) & ~models.Q(email=""),
                name="delivery_has_one_receiver",
            ),
            models.CheckConstraint(
                condition=models.Q(status="sent", sent_at__isnull=False)
                | ~models.Q(status="sent") & models.Q(sent_at__isnull=True),
                name="delivery_sent_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event or self.subject} to {self.endpoint or self.channel or self.email}"
