"""Costs: what the work of agents costs and may cost. Usage, budgets that stop, benchmarks, the cost model."""

from django.apps import AppConfig


class CostsConfig(AppConfig):
    name = "apps.costs"
    verbose_name = "Costs"
