"""The Django project: settings, doors and processes. The subjects live in `apps/`."""

from reviewhub.celery import app as celery_app

__all__ = ["celery_app"]
