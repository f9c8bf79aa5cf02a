"""Delivery: outbox, webhooks, e-mail, live pages; the only place that enqueues Celery work."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "apps.delivery"
    verbose_name = "Delivery"
