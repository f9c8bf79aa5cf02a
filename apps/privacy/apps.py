"""Privacy: what holds personal data, erasing it on request or when its time is over, and the proof that it is gone."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "apps.privacy"
    verbose_name = "Privacy"
