"""How templates say an absence in days."""

from datetime import date, datetime, timedelta

from django import template
from django.utils import timezone

register = template.Library()


@register.filter
def last_day(ends_at: datetime) -> date:
    """The last day somebody is away, for an absence that ends just before this moment."""
    return timezone.localtime(ends_at - timedelta(microseconds=1)).date()
