"""Evaluation: what an agent proposed beside what people chose, and whether a judge may be believed about it."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "apps.evaluation"
    verbose_name = "Evaluation"
