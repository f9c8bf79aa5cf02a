"""Does every target of every SLA policy fit every calendar? It has to, because any queue may take any work.

A target fits when it can be due: a calendar that is hardly ever open would let it run for years. Calendars and policies
are saved one after the other, so that two that do not fit each other cannot be saved at the same moment.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from apps.sla.calendars import WorkingCalendar
from apps.sla.durations import parse
from apps.sla.hours import CalendarError
from apps.sla.queries import current_calendar_versions, current_policy_versions
from apps.sla.states import Target
from apps.sla.working_time import add


def check_targets_fit(hours: WorkingCalendar, now: datetime) -> None:
    """Part of the transaction that saves a calendar. Raises CalendarError naming the policy that does not fit it."""
    _wait_for_your_turn()
    for version in current_policy_versions():
        try:
            _check([version.within(target) for target in Target], hours, now)
        except CalendarError as error:
            raise CalendarError(
                _("The SLA policy “%(policy)s” does not fit: %(why)s")
                % {"policy": version.policy.name, "why": error}
            ) from error


def check_calendars_fit(targets: Iterable[str], now: datetime) -> None:
    """Part of the transaction that saves a policy. Raises CalendarError naming the calendar that these durations do
    not fit.
    """
    _wait_for_your_turn()
    wanted = list(targets)
    for version in current_calendar_versions():
        try:
            _check(wanted, version.hours, now)
        except CalendarError as error:
            raise CalendarError(
                _("Calendar “%(calendar)s”: %(why)s") % {"calendar": version.calendar.name, "why": error}
            ) from error


def _check(targets: Iterable[str], hours: WorkingCalendar, now: datetime) -> None:
    for text in targets:
        add(now, parse(text), hours)


def _wait_for_your_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('reviewhub targets and calendars'))")
