"""Halts: the switches with which people, monitors and a circuit breaker stop work of agents at once."""

from importlib import import_module

from django.apps import AppConfig

from apps.trust import dividing


class HaltsConfig(AppConfig):
    name = "apps.halts"
    verbose_name = "Halts"

    def ready(self) -> None:
        # Its rules need the models, which are there only now.
        dividing.ask(import_module("apps.halts.policies").check_may_divide)
