"""Outcomes: did the number move? Event logs, KPIs with baselines, live measurement, and what its owner says of it."""

from django.apps import AppConfig


class OutcomesConfig(AppConfig):
    name = "apps.outcomes"
    verbose_name = "Outcomes"
