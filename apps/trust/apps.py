"""Trust: slices of work, their stage, and the ledger of evidence."""

from importlib import import_module

from django.apps import AppConfig

from apps.accounts import staffing
from apps.registry import starting


class TrustConfig(AppConfig):
    name = "apps.trust"
    verbose_name = "Trust"

    def ready(self) -> None:
        # Its rules need the models, which are there only now.
        starting.ask(import_module("apps.trust.policies").check_begins_assisted)
        staffing.ask(import_module("apps.trust.staffing").gaps)
