"""Admins write calendars and confirm holidays; what cannot be used is refused with what to change."""

import pytest
from django.urls import reverse

from apps.audit.models import Event
from apps.sla import calendar_setup
from apps.sla.models import Calendar, CalendarVersion
from apps.sla.queries import current_calendar_version

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
FILLED = {
    "name": "Berlin",
    "slug": "berlin",
    "zone": "Europe/Berlin",
    "mon": "09:00-12:00, 13:00-17:00",
    "tue": "09:00-17:00",
    "exceptions": "2026-12-24: 09:00-12:00\n2026-12-31: closed\n",
    "holidays": "2026-12-25: Christmas Day",
}


@pytest.fixture
def page(client, house):
    client.force_login(house.adam, backend=BACKEND)
    return client


@pytest.fixture
def desk(house, now):
    return calendar_setup.save_calendar(
        slug="desk", name="Desk", zone="UTC", weekly={"mon": ["09:00-17:00"]}, by=None, now=now
    )


def text(response):
    return response.content.decode()


def test_an_admin_makes_a_calendar(page, house):
    response = page.post(reverse("sla:calendar_add"), FILLED)
    assert response.status_code == 302, text(response)
    version = current_calendar_version("berlin")
    assert version.weekly["mon"] == ["09:00-12:00", "13:00-17:00"]
    assert version.exceptions == {"2026-12-24": ["09:00-12:00"], "2026-12-31": []}
    assert version.holidays == {"2026-12-25": "Christmas Day"}
    assert Event.objects.filter(verb="calendar.saved", actor_name=house.adam.name).exists()


def test_the_form_shows_the_calendar_as_it_is_and_saves_it_unchanged(page, house):
    page.post(reverse("sla:calendar_add"), FILLED)
    url = reverse("sla:calendar_edit", args=["berlin"])
    shown = page.get(url)
    form = shown.context["form"]
    assert page.post(url, form.initial).status_code == 302
    assert CalendarVersion.objects.filter(calendar__slug="berlin").count() == 1
    page.post(url, form.initial | {"wed": "10:00-11:00"})
    assert current_calendar_version("berlin").number == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"mon": "9-5"}, "is not a time span"),
        ({"mon": "09:00-12:00, 11:00-13:00"}, "overlap"),
        ({"mon": "17:00-09:00"}, "ends before it starts"),
        ({"mon": "", "tue": ""}, "No weekday is open"),
        ({"zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"exceptions": "2026-12-24"}, "has no date and colon"),
        ({"exceptions": "24.12.2026: closed"}, "is not a date"),
        ({"exceptions": "2026-12-24: closed\n2026-12-24: closed"}, "given twice"),
        ({"holidays": "2026-13-01: Never"}, "is not a date"),
        ({"slug": "always"}, "This short name is taken"),
        ({"slug": "add"}, "This short name is taken"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(page, change, says):
    response = page.post(reverse("sla:calendar_add"), FILLED | change)
    assert response.status_code == 422
    assert says in text(response)
    assert not Calendar.objects.filter(slug="berlin").exists()


def test_a_calendar_that_does_not_open_within_30_days_is_refused(page, now, monkeypatch):
    closed = "\n".join(f"2026-{month:02d}-{day:02d}: closed" for month in (11, 12) for day in range(1, 31))
    closed += "\n2026-12-31: closed\n2027-01-01: closed"
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    response = page.post(reverse("sla:calendar_add"), FILLED | {"exceptions": closed})
    assert response.status_code == 422
    assert "No minute of this calendar is open in the next 30 days" in text(response)


def test_holidays_are_shown_and_close_only_when_confirmed(page, desk):
    url = reverse("sla:calendar_holidays", args=["desk"])
    assert "Which of them" not in text(page.get(url))
    asked = {"country": "DE", "subdivision": "BY", "year": 2026}
    shown = text(page.get(url, asked))
    assert "2026-01-06" in shown
    assert current_calendar_version("desk").holidays == {}
    query = "?country=DE&subdivision=BY&year=2026"
    assert page.post(url + query, {"days": ["2026-01-06", "2026-12-25"]}).status_code == 302
    assert set(current_calendar_version("desk").holidays) == {"2026-01-06", "2026-12-25"}
    # Those of the list that are not ticked any more open again; other years stay.
    page.post(url + "?country=DE&year=2027", {"days": ["2027-01-01"]})
    page.post(url + query, {"days": ["2026-12-25"]})
    assert set(current_calendar_version("desk").holidays) == {"2026-12-25", "2027-01-01"}


@pytest.mark.parametrize(
    "asked",
    [
        {"country": "XX", "year": "2026"},
        {"country": "DE", "subdivision": "QQ", "year": "2026"},
        {"country": "DE", "year": "99999"},
        {"country": "DE", "year": ""},
        {"country": "DE", "subdivision": "<script>", "year": "2026"},
    ],
)
def test_an_unknown_place_or_year_is_refused(page, desk, asked):
    response = page.get(reverse("sla:calendar_holidays", args=["desk"]), asked)
    assert response.status_code == 422
    assert "<script>" not in text(response)


def test_a_day_that_is_not_on_the_list_cannot_be_confirmed(page, desk):
    url = reverse("sla:calendar_holidays", args=["desk"]) + "?country=DE&year=2026"
    assert page.post(url, {"days": ["2026-07-07"]}).status_code == 422
    assert current_calendar_version("desk").holidays == {}


@pytest.mark.parametrize("name", ["alice", "olga", "gina", "charlie"])
@pytest.mark.parametrize("view", ["calendar_add", "calendar_edit", "calendar_holidays"])
def test_only_admins_write_calendars(client, house, desk, name, view):
    client.force_login(getattr(house, name), backend=BACKEND)
    url = reverse(f"sla:{view}", args=[] if view == "calendar_add" else ["desk"])
    assert client.get(url).status_code == 403
    assert client.post(url, FILLED).status_code == 403
    shown = text(client.get(reverse("sla:calendar_read", args=["desk"])))
    assert reverse("sla:calendar_edit", args=["desk"]) not in shown


def test_the_page_of_a_calendar_names_one_zone(page, house):
    page.post(reverse("sla:calendar_add"), FILLED)
    shown = text(page.get(reverse("sla:calendar_read", args=["berlin"])))
    assert "Hours are in Europe/Berlin" in shown
    assert "Times are in" not in shown
