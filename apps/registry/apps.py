"""Registry: workflows, roles, action types, agents, versions, keys."""

from importlib import import_module

from django.apps import AppConfig

from apps.accounts import staffing


class RegistryConfig(AppConfig):
    name = "apps.registry"
    verbose_name = "Registry"

    def ready(self) -> None:
        # Its rules need the models, which are there only now.
        staffing.ask(import_module("apps.registry.staffing").gaps)
