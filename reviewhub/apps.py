"""The project itself as a Django app: its system checks and commands."""

from django.apps import AppConfig


class ReviewHubConfig(AppConfig):
    name = "reviewhub"
    verbose_name = "ReviewHub"

    def ready(self) -> None:
        """Register the system checks."""
        from reviewhub import checks  # noqa: F401  (Django wants this here)
