"""Trust: slices of work, their stage, and the ledger of evidence."""

from django.apps import AppConfig


class TrustConfig(AppConfig):
    name = "apps.trust"
    verbose_name = "Trust"
