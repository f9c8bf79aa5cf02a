"""The rulebook: drafts of routing policies, tried on what has been, published by a second person."""

from django.apps import AppConfig


class RulebookConfig(AppConfig):
    name = "apps.rulebook"
    verbose_name = "Rulebook"
