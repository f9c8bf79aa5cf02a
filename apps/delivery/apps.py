"""Delivery: outbox, webhooks, e-mail, live pages; the only place that enqueues Celery work."""

from importlib import import_module

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "apps.delivery"
    verbose_name = "Delivery"

    def ready(self) -> None:
        # Both need the models, which are there only now.
        import_module("apps.audit.outside").tell(import_module("apps.delivery.sealed").emit_sealed)
