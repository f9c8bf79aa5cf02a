"""Assurance: what a workflow has ready, and the register of what its agents are let do."""

from django.apps import AppConfig


class AssuranceConfig(AppConfig):
    name = "apps.assurance"
    verbose_name = "Assurance"
