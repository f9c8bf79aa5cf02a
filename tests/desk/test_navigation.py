"""What the top of every page offers, to whom, and what it marks as here."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.desk.context import DAILY, SET_UP, Place
from tests.factories import House


def links(client: Client, person: User, view: str) -> dict[str, bool]:
    """{label: marked as here} of the page `view`, as `person` sees it."""
    client.force_login(person)
    navigation = client.get(reverse(view)).context["navigation"]
    return {str(link.label): link.active for link in [*navigation["daily"], *navigation["set_up"]]}


def test_a_reviewer_is_not_offered_what_only_offices_may_open(client: Client, alice: User) -> None:
    assert {"Audit", "Deliveries"}.isdisjoint(links(client, alice, "desk:home"))


def test_whoever_a_workflow_names_is_offered_reports_and_escalation(client: Client, house: House) -> None:
    assert {"Reports", "Escalation"}.isdisjoint(links(client, house.alice, "desk:home"))
    shown = links(client, house.petra, "desk:home")
    assert {"Reports", "Escalation"} <= shown.keys()
    assert {"Audit", "Deliveries"}.isdisjoint(shown)


def test_an_admin_is_offered_every_place(client: Client, adam: User) -> None:
    assert set(links(client, adam, "desk:home")) == {str(place.label) for place in (*DAILY, *SET_UP)}


@pytest.mark.parametrize("place", [*DAILY, *SET_UP], ids=lambda place: place.view)
def test_every_place_opens_and_marks_itself_and_nothing_else(
    client: Client, adam: User, place: Place
) -> None:
    shown = links(client, adam, place.view)
    assert [label for label, active in shown.items() if active] == [str(place.label)]


def test_a_page_below_a_place_marks_the_place(client: Client, adam: User) -> None:
    client.force_login(adam)
    navigation = client.get(reverse("accounts:person_add")).context["navigation"]
    assert [str(link.label) for link in navigation["set_up"] if link.active] == ["People"]
    assert navigation["in_set_up"]
