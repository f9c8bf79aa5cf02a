"""Messages on their way out: what happened (outbox), who is told (notifications), where to (endpoints, chat channels),
and each attempt's state.
"""

from apps.delivery.models.delivery import Delivery, DeliveryStatus
from apps.delivery.models.notification import Notification, Preferences
from apps.delivery.models.outbox import OutboxEvent
from apps.delivery.models.receiver import ChatChannel, Receiver, WebhookEndpoint

__all__ = [
    "ChatChannel",
    "Delivery",
    "DeliveryStatus",
    "Notification",
    "OutboxEvent",
    "Preferences",
    "Receiver",
    "WebhookEndpoint",
]
