"""Proposals: what agents propose, what was answered, what came of it."""

from django.apps import AppConfig


class ProposalsConfig(AppConfig):
    name = "apps.proposals"
    verbose_name = "Proposals"
