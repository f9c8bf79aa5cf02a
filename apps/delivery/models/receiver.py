"""Where messages are posted to: webhook endpoints and chat channels."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedTextField

from apps.accounts.models import User


class ReceiverQuerySet(models.QuerySet[Any]):
    """Receivers by whether they may be sent to."""

    def ready(self, now: datetime) -> "ReceiverQuerySet":
        """Active, not being served by a dispatcher, not resting after failures."""
        return self.filter(
            models.Q(quiet_until__isnull=True) | models.Q(quiet_until__lte=now), is_active=True
        )


class Receiver(models.Model):
    """An address messages are posted to.

    `quiet_until` is the lease of the dispatcher that serves it, or the end of its rest after `failures` failures in
    a row. `delivery_field` names the field of Delivery that points here, `audit_kind` is what the audit log calls it.
    """

    is_active = models.BooleanField(_("active"), default=True)
    stopped_because = models.CharField(max_length=200, blank=True)
    quiet_until = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()

    objects = ReceiverQuerySet.as_manager()
    delivery_field: ClassVar[str]
    audit_kind: ClassVar[str]

    class Meta:
        abstract = True


class WebhookEndpoint(Receiver):
    """An address an admin registered.

    `agent_id`, `workflow_id` and `types` narrow what is sent; empty means all. After a rotation `old_secret`
    signs too, until `old_secret_until`.
    """

    delivery_field = "endpoint"
    audit_kind = "webhook"

    name = models.CharField(_("name"), max_length=120, unique=True)
    url = models.URLField(_("address"), max_length=500)
    agent_id = models.BigIntegerField(null=True, blank=True)
    workflow_id = models.BigIntegerField(null=True, blank=True)
    types = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    secret = EncryptedTextField()
    old_secret = EncryptedTextField(null=True)
    old_secret_until = models.DateTimeField(null=True)

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


class ChatChannel(Receiver):
    """An incoming webhook of a chat (Slack's format): a channel an admin registered under a slug, or a person's own.

    The address lets anyone who knows it write there: it is stored encrypted and never shown again. A channel made by a
    configuration file has none, and is switched off, until an admin types it.
    """

    delivery_field = "channel"
    audit_kind = "chat_channel"

    slug = models.SlugField(_("short name"), max_length=60, unique=True, null=True)
    name = models.CharField(_("name"), max_length=120)
    url = EncryptedTextField(null=True, blank=True)
    owner = models.OneToOneField(User, null=True, on_delete=models.CASCADE, related_name="chat")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(slug__isnull=False, owner__isnull=True)
                | models.Q(slug__isnull=True, owner__isnull=False),
                name="channel_has_slug_or_owner",
            ),
            models.CheckConstraint(
                condition=models.Q(is_active=True, stopped_because="") | models.Q(is_active=False),
                name="channel_active_has_no_stop",
            ),
        ]

    def __str__(self) -> str:
        return self.name
