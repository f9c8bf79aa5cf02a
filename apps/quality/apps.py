"""Quality: how well the work of a workflow goes, counted by day, against targets with an owner."""

from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "apps.quality"
    verbose_name = "Quality"
