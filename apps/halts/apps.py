"""Halts: the switches with which people, monitors and a circuit breaker stop work of agents at once."""

from django.apps import AppConfig


class HaltsConfig(AppConfig):
    name = "apps.halts"
    verbose_name = "Halts"
