"""Intake: the front room. Validate, assess, then record or put before a person."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "apps.intake"
    verbose_name = "Intake"
