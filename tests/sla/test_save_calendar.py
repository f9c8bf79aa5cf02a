"""Saving calendars: a new version only when something changed, whoever saves."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from apps.accounts import rights
from apps.accounts.roles import Role
from apps.audit.models import Event
from apps.sla import calendar_setup
from apps.sla.config import SECTIONS, CalendarEntry, Calendars
from apps.sla.hours import CalendarError
from apps.sla.models import Calendar, CalendarVersion
from apps.sla.queries import current_calendar_version, current_versions
from tests import factories
from tests.factories import UserFactory
from tests.sla.conftest import OFFICE_HOURS


def save(now, **changes):
    values = {"slug": "desk", "name": "Desk", "zone": "UTC", "weekly": OFFICE_HOURS, "by": None, "now": now}
    return calendar_setup.save_calendar(**{**values, **changes})


def test_saving_what_is_already_so_writes_nothing(office, now):
    again = save(now, weekly={day: list(reversed(hours)) for day, hours in OFFICE_HOURS.items()})
    assert again == office
    assert CalendarVersion.objects.count() == 1
    assert Event.objects.filter(verb="calendar.saved").count() == 1


def test_a_change_makes_the_next_version_and_keeps_the_old(office, now):
    alice = UserFactory(short="alice")
    rights.appoint(role=Role.ADMIN, to=alice, by=None, now=now)
    changed = save(now, zone="Europe/Berlin", by=alice)
    assert (changed.number, changed.created_by_id, changed.created_by_name) == (2, str(alice.pk), "Alice")
    assert current_calendar_version("desk") == changed
    assert CalendarVersion.objects.get(pk=office.pk).zone == "UTC"
    assert Event.objects.filter(verb="calendar.saved", actor_name="Alice").count() == 1


def test_going_back_is_a_version_too(office, now):
    save(now, zone="Europe/Berlin")
    assert save(now).number == 3


def test_a_new_name_is_no_new_version_but_is_audited(office, now):
    assert save(now, name="Front desk") == office
    assert Calendar.objects.get(slug="desk").name == "Front desk"
    assert Event.objects.filter(verb="calendar.saved").count() == 2


def test_a_refused_calendar_leaves_nothing_behind(db, now):
    with pytest.raises(CalendarError):
        save(now, weekly={"mon": ["17:00-09:00"]})
    closed = {(now + timedelta(days=n)).date().isoformat(): "closed" for n in range(31)}
    with pytest.raises(CalendarError, match="next 30 days"):
        save(now, holidays=closed)
    assert not Calendar.objects.exists()


def test_cycles_keep_the_version_they_started_with(start, office, now):
    cycle = start()
    save(now, zone="Europe/Berlin")
    cycle.refresh_from_db()
    assert cycle.calendar_version == office


def test_a_calendar_in_use_cannot_be_deleted(office):
    with pytest.raises(Exception, match="protected"):
        Calendar.objects.get(slug="desk").delete()


def test_the_newest_versions_of_several_calendars_come_in_one_query(office, now, django_assert_num_queries):
    changed = save(now, zone="Europe/Berlin")
    factories.default_calendars(now)
    always = current_calendar_version("always")
    with django_assert_num_queries(1):
        newest = current_versions([office.calendar_id, always.calendar_id])
    assert newest == {office.calendar_id: changed, always.calendar_id: always}


ENTRY = {
    "slug": "berlin",
    "name": "Berlin",
    "zone": "Europe/Berlin",
    "weekly": {"mon": ["13:00-17:00", "09:00-12:00"], "sun": []},
    "exceptions": {"2026-12-24": ["09:00-11:00"]},
    "holidays": {"2026-12-25": "Christmas Day"},
}


def test_what_is_exported_is_what_was_imported_in_canonical_form(db, now):
    entry = CalendarEntry.model_validate(ENTRY)
    Calendars.apply([entry], by=None, now=now)
    assert Calendars.current() == [entry.canonical()]
    assert Calendars.current() == [{**ENTRY, "weekly": {"mon": ["09:00-12:00", "13:00-17:00"]}}]


def test_importing_an_export_changes_nothing(db, now):
    factories.default_calendars(now)
    Calendars.apply([CalendarEntry.model_validate(ENTRY)], by=None, now=now)
    before, versions = Calendars.current(), CalendarVersion.objects.count()
    Calendars.apply([CalendarEntry.model_validate(entry) for entry in before], by=None, now=now)
    assert (Calendars.current(), CalendarVersion.objects.count()) == (before, versions)
    assert Calendars in SECTIONS


@pytest.mark.parametrize(
    "change",
    [
        {"zone": "Nowhere"},
        {"weekly": {"mon": ["9-17"]}},
        {"slug": "Not a slug"},
        {"slug": ""},
        {"name": ""},
        {"holidays": {"someday": "x"}},
        {"colour": "red"},
    ],
)
def test_a_wrong_entry_is_refused_before_anything_is_written(change):
    with pytest.raises(ValidationError):
        CalendarEntry.model_validate({**ENTRY, **change})
