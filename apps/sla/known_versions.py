"""Calendar and policy versions by key, read once per process: they never change."""

from functools import lru_cache

from apps.sla.durations import parse
from apps.sla.history import Terms
from apps.sla.models import CalendarVersion, SlaPolicyVersion


@lru_cache(maxsize=512)
def calendar_version(key: int) -> CalendarVersion:
    """Raises CalendarVersion.DoesNotExist."""
    return CalendarVersion.objects.select_related("calendar").get(pk=key)


@lru_cache(maxsize=512)
def policy_version(key: int) -> SlaPolicyVersion:
    """Raises SlaPolicyVersion.DoesNotExist."""
    return SlaPolicyVersion.objects.select_related("policy").get(pk=key)


def terms_of(policy: SlaPolicyVersion, calendar: CalendarVersion, target: str) -> Terms:
    """What a cycle of this target counts by under these versions."""
    return Terms(parse(policy.within(target)), tuple(policy.warn_at), calendar.hours)
