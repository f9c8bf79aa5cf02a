"""Routing: policy versions and the three-layer assessment."""

from django.apps import AppConfig


class RoutingConfig(AppConfig):
    name = "apps.routing"
    verbose_name = "Routing"
