"""Nobody is taken out of the last seat without somebody saying so."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import actions, rights
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.accounts.staffing import LeavesEmpty
from apps.trust.models import ReadinessItem
from apps.trust.states import ReadyItem
from tests.escalation.conftest import save, staff
from tests.factories import House

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def as_adam(house: House) -> Client:
    client = Client()
    client.force_login(house.adam, backend=BACKEND)
    return client


def accepted(text: str) -> list[str]:
    """What the page would post back."""
    return [unescape(gap) for gap in re.findall(r'name="accepts"\s+value="([^"]*)"', text)]


def members(house: House) -> set[User]:
    return set(User.objects.filter(groups=house.team))


def test_shutting_out_a_person_a_workflow_names_asks_first(house: House, as_adam: Client) -> None:
    address = reverse("accounts:person_active", args=["petra"])
    asked = as_adam.post(address, {"active": "no"})
    assert asked.status_code == 409
    assert accepted(asked.text) == ["The process owner of Orders, Petra, could not sign in."]
    assert User.objects.get(pk=house.petra.pk).is_active
    again = as_adam.post(address, {"active": "no", "accepts": accepted(asked.text)})
    assert again.status_code == 302
    assert not User.objects.get(pk=house.petra.pk).is_active


def test_shutting_out_a_lead_names_queues_and_chains(house: House) -> None:
    staff(house)
    save(house)
    with pytest.raises(LeavesEmpty) as refusal:
        actions.set_active(person=house.bob, active=False, by=house.adam, now=house.now)
    gaps = refusal.value.gaps
    assert "Nobody would lead the queue Standard." in gaps
    assert any(gap.startswith("The chain Standard: Step 1 would tell nobody in") for gap in gaps)
    with pytest.raises(LeavesEmpty):
        actions.set_active(person=house.bob, active=False, by=house.adam, now=house.now, accepts=gaps[1:])
    assert User.objects.get(pk=house.bob.pk).is_active
    actions.set_active(person=house.bob, active=False, by=house.adam, now=house.now, accepts=gaps)
    assert not User.objects.get(pk=house.bob.pk).is_active


def test_taking_the_last_people_out_of_a_team_asks_first(house: House, as_adam: Client) -> None:
    address = reverse("accounts:team_edit", args=["order-desk"])
    asked = as_adam.post(address, {"name": "Order desk"})
    assert asked.status_code == 409
    gaps = accepted(asked.text)
    assert "Nobody could decide in the queue Senior." in gaps
    assert "The team that reviews Orders would be empty." in gaps
    assert "Save all the same" in asked.text
    assert members(house) == {house.alice, house.bob}
    assert as_adam.post(address, {"name": "Order desk", "accepts": gaps}).status_code == 302
    assert members(house) == set()


def test_taking_an_office_a_chain_ends_with_asks_first(house: House, as_adam: Client) -> None:
    save(house, [{"after": "100%", "do": "notify", "to": ["office:admin", "office:governance"]}])
    address = reverse("accounts:person_offices", args=["gina"])
    asked = as_adam.post(address, {"roles": ["auditor"]})
    assert asked.status_code == 409
    gaps = accepted(asked.text)
    assert any("needs at least 2" in gap for gap in gaps)
    assert 'name="roles" value="auditor"' in asked.text
    assert rights.holds_everywhere(house.gina, Role.GOVERNANCE)
    assert as_adam.post(address, {"roles": ["auditor"], "accepts": gaps}).status_code == 302
    assert not rights.holds_everywhere(house.gina, Role.GOVERNANCE)
    assert rights.holds_everywhere(house.gina, Role.AUDITOR)


def test_who_leaves_nothing_empty_goes_at_once(house: House, as_adam: Client) -> None:
    assert (
        as_adam.post(reverse("accounts:person_active", args=["alice"]), {"active": "no"}).status_code == 302
    )
    assert not User.objects.get(pk=house.alice.pk).is_active


def test_what_was_empty_before_is_not_asked_about(house: House) -> None:
    actions.set_active(person=house.petra, active=False, by=house.adam, now=house.now, accepts=None)
    actions.set_active(person=house.alice, active=False, by=house.adam, now=house.now)
    assert not User.objects.get(pk=house.alice.pk).is_active


def test_shutting_out_the_owner_of_an_item_of_readiness_names_it(house: House) -> None:
    ReadinessItem.objects.filter(item=ReadyItem.ON_CALL).update(owner=house.bob)
    with pytest.raises(LeavesEmpty) as refusal:
        actions.set_active(person=house.bob, active=False, by=house.adam, now=house.now)
    (gap,) = refusal.value.gaps
    assert gap.startswith(
        f"The owner of the item {ReadyItem.ON_CALL.label} of Orders, Bob, could not sign in:"
    )
