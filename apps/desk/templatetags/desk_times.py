"""Lengths of time as people say them, and moments a length from now. For page text; no rule depends on it."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def from_now(length: timedelta | None) -> datetime | None:
    """The moment `length` from now; None stays None."""
    return timezone.now() + length if isinstance(length, timedelta) else None


@register.filter
def in_words(length: timedelta | float | None) -> str:
    """A timedelta (or seconds) in its two largest units: `45 s`, `12 min`, `2 h 10 min`, `3 d 4 h`."""
    if length is None or length == "":
        return ""
    seconds = int(abs(length.total_seconds() if isinstance(length, timedelta) else float(length)))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 60:
        return _("%(s)d s") % {"s": seconds}
    if minutes < 60:
        return _("%(min)d min") % {"min": minutes}
    if hours < 24:
        rest = minutes % 60
        return _("%(h)d h %(min)d min") % {"h": hours, "min": rest} if rest else _("%(h)d h") % {"h": hours}
    rest = hours % 24
    return _("%(d)d d %(h)d h") % {"d": days, "h": rest} if rest else _("%(d)d d") % {"d": days}
