"""Sets calendars up. A saved version is never changed; cycles under way keep the one they started with."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.policies import check_manage_people
from apps.audit import actions as audit
from apps.audit.actors import SYSTEM
from apps.sla.calendars import WorkingCalendar, read_calendar, write_calendar
from apps.sla.fitting import check_targets_fit
from apps.sla.known_calendars import fingerprint
from apps.sla.models import Calendar, CalendarVersion
from apps.sla.working_time import check_opens_soon


@transaction.atomic
def save_calendar(
    *,
    slug: str,
    name: str,
    zone: str,
    weekly: Mapping[str, Sequence[str]],
    exceptions: Mapping[str, Sequence[str]] | None = None,
    holidays: Mapping[str, str] | None = None,
    by: User | None,
    now: datetime,
) -> CalendarVersion:
    """Create the calendar, or give it a new version when its hours differ; `by` None means ReviewHub itself.

    Dates are text as `2026-12-24`, `holidays` maps them to names. Raises NotAllowed; CalendarError with what to change,
    also when a target of an SLA policy would take too long on it, so that any queue may take any work.
    """
    check_manage_people(by)
    hours = read_calendar(zone=zone, weekly=weekly, exceptions=exceptions, holidays=holidays)
    check_opens_soon(hours, now)
    check_targets_fit(hours, now)
    Calendar.objects.get_or_create(slug=slug, defaults={"name": name})
    calendar = Calendar.objects.select_for_update().get(slug=slug)
    current = calendar.versions.order_by("-number").first()
    renamed = calendar.name != name
    if renamed:
        calendar.name = name
        calendar.save(update_fields=["name"])
    if current is None or current.fingerprint != fingerprint(hours):
        version = _add_version(calendar, hours, current.number + 1 if current else 1, by, now)
    elif renamed:
        version = current
    else:
        return current
    audit.record(
        verb="calendar.saved",
        now=now,
        by=by,
        subject=("calendar", calendar.pk, calendar.name),
        data={"slug": slug, "version": version.number, "zone": version.zone},
    )
    return version


def _add_version(
    calendar: Calendar, hours: WorkingCalendar, number: int, by: User | None, now: datetime
) -> CalendarVersion:
    actor = by.actor if by is not None else SYSTEM
    written = write_calendar(hours)
    return CalendarVersion.objects.create(
        calendar=calendar,
        number=number,
        zone=written.zone,
        weekly=written.weekly,
        exceptions=written.exceptions,
        holidays=written.holidays,
        fingerprint=fingerprint(hours),
        created_at=now,
        created_by_id=actor.id,
        created_by_name=actor.name,
    )
