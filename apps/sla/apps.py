"""Sla: working calendars, targets and the clocks that run against them."""

from django.apps import AppConfig


class SlaConfig(AppConfig):
    name = "apps.sla"
    verbose_name = "Clock"
