"""Escalation: chains, runs, their steps, the fallback, and the auditor that looks over all of it."""

from importlib import import_module

from django.apps import AppConfig

from apps.accounts import staffing


class EscalationConfig(AppConfig):
    name = "apps.escalation"
    verbose_name = "Escalation"

    def ready(self) -> None:
        # Its rules need the models, which are there only now.
        staffing.ask(import_module("apps.escalation.staffing").gaps)
