"""Days of the installation's time zone, as the moments they begin at."""

from datetime import date, datetime, time

from django.utils import timezone


def midnight(day: date) -> datetime:
    """When the day begins, in the current time zone of Django (the installation's, unless one was activated)."""
    return timezone.make_aware(datetime.combine(day, time.min))
