"""Days as moments, for agents: a day begins at midnight of the installation's zone."""

from datetime import UTC, date, datetime, time

from django.utils import timezone

from apps.proposals.resource import moment


def midnight(day: date | None) -> str | None:
    """When a day begins, as RFC 3339 in UTC; None for none."""
    if day is None:
        return None
    return moment(timezone.make_aware(datetime.combine(day, time.min)).astimezone(UTC))
