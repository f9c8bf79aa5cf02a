"""The pages that show calendars to anyone signed in."""

import pytest
from django.urls import reverse

from apps.sla import calendar_setup
from tests.factories import UserFactory


@pytest.fixture
def page(client, db):
    """A signed-in person with no role at all."""
    client.force_login(
        UserFactory(short="charlie"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


@pytest.fixture
def berlin(db, now):
    return calendar_setup.save_calendar(
        slug="berlin",
        name="<b>Berlin</b>",
        zone="Europe/Berlin",
        weekly={"mon": ["09:00-12:00", "13:00-17:00"]},
        exceptions={"2026-12-21": []},
        holidays={"2026-12-25": "Christmas Day"},
        by=None,
        now=now,
    )


def text(response):
    return response.content.decode()


def test_calendars_are_listed_with_their_zone(page, berlin):
    shown = text(page.get(reverse("sla:calendar_list")))
    assert "Europe/Berlin" in shown
    assert "&lt;b&gt;Berlin&lt;/b&gt;" in shown
    assert "<b>Berlin" not in shown


def test_an_empty_list_says_what_to_do(page):
    assert "There is no calendar yet" in text(page.get(reverse("sla:calendar_list")))


def test_a_month_shows_hours_holidays_and_exceptions(page, berlin):
    shown = text(page.get(reverse("sla:calendar_read", args=["berlin"]), {"month": "2026-12"}))
    assert "December 2026" in shown
    assert shown.count("13:00-17:00") == 3
    assert "Christmas Day" in shown
    assert "exception" in shown
    assert "month=2026-11" in shown
    assert "month=2027-01" in shown


@pytest.mark.parametrize(
    "month",
    ["", "2026-13", "0001-01", "9999-12", "2999-12", "1970-01", "'; DROP", "\u0662\u0660\u0662\u0666-11"],
)
def test_any_month_asked_for_gives_a_page(page, berlin, month):
    assert page.get(reverse("sla:calendar_read", args=["berlin"]), {"month": month}).status_code == 200


def test_an_unknown_calendar_is_not_found(page):
    assert page.get(reverse("sla:calendar_read", args=["nowhere"])).status_code == 404


def test_the_list_takes_the_same_queries_for_many_calendars(page, now, django_assert_max_num_queries):
    for n in range(12):
        calendar_setup.save_calendar(
            slug=f"c{n}", name=f"C{n}", zone="UTC", weekly={"mon": ["09:00-17:00"]}, by=None, now=now
        )
    with django_assert_max_num_queries(10):
        page.get(reverse("sla:calendar_list"))


@pytest.mark.parametrize("name", ["calendar_list", "calendar_read"])
def test_nobody_reads_a_calendar_without_signing_in(client, berlin, name):
    args = ["berlin"] if name == "calendar_read" else []
    response = client.get(reverse(f"sla:{name}", args=args))
    assert response.status_code == 302
    assert reverse("account_login") in response.url
