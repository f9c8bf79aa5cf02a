"""Messages on their way out: what happened (outbox), where to (endpoints), and each attempt's state."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedTextField

from apps.audit.ids import uuid7


class OutboxEvent(models.Model):
    """Something the outside may want to know, written in the transaction in which it became true."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    type = models.CharField(max_length=80)
    subject_id = models.UUIDField()
    workflow_id = models.BigIntegerField(null=True)
    agent_id = models.BigIntegerField(null=True)
    data = models.JSONField()
    created_at = models.DateTimeField()
    fanned_out_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], name="outbox_waiting", condition=models.Q(fanned_out_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject_id}"


class EndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    """Endpoints by whether they may be sent to."""

    def ready(self, now: datetime) -> "EndpointQuerySet":
        """Active, not being served by a dispatcher, not resting after failures."""
        return self.filter(
            models.Q(quiet_until__isnull=True) | models.Q(quiet_until__lte=now), is_active=True
        )


class WebhookEndpoint(models.Model):
    """An address an admin registered.

    `agent_id`, `workflow_id` and `types` narrow what is sent; empty means all. After a rotation `old_secret`
    signs too, until `old_secret_until`. `quiet_until` is the lease of the dispatcher that serves the
    endpoint, or the end of its rest after `failures` failures in a row.
    """

    name = models.CharField(_("name"), max_length=120, unique=True)
    url = models.URLField(_("address"), max_length=500)
    agent_id = models.BigIntegerField(null=True, blank=True)
    workflow_id = models.BigIntegerField(null=True, blank=True)
    types = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    secret = EncryptedTextField()
    old_secret = EncryptedTextField(null=True)
    old_secret_until = models.DateTimeField(null=True)
    is_active = models.BooleanField(_("active"), default=True)
    stopped_because = models.CharField(max_length=200, blank=True)
    quiet_until = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()

    objects = EndpointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(old_secret__isnull=True, old_secret_until__isnull=True)
                | models.Q(old_secret__isnull=False, old_secret_until__isnull=False),
                name="endpoint_old_secret_has_its_end",
            ),
            models.CheckConstraint(
                condition=models.Q(is_active=True, stopped_because="") | models.Q(is_active=False),
                name="endpoint_active_has_no_stop",
            ),
        ]

    def __str__(self) -> str:
        return self.name


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
    """One message to one receiver: a webhook endpoint, or an e-mail address."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event = models.ForeignKey(OutboxEvent, null=True, on_delete=models.PROTECT, related_name="deliveries")
    endpoint = models.ForeignKey(
        WebhookEndpoint, null=True, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    email = models.EmailField(blank=True)
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
        ]
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="delivery_once_per_endpoint"),
            models.CheckConstraint(
                condition=models.Q(endpoint__isnull=False, email="", event__isnull=False)
                | models.Q(endpoint__isnull=True) & ~models.Q(email=""),
                name="delivery_has_one_receiver",
            ),
            models.CheckConstraint(
                condition=models.Q(status="sent", sent_at__isnull=False)
                | ~models.Q(status="sent") & models.Q(sent_at__isnull=True),
                name="delivery_sent_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event or self.subject} to {self.endpoint or self.email}"
