"""Taking a task in an emergency from its card."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.proposals.models import Proposal
from apps.reviews.models import Emergency
from tests import factories
from tests.desk.conftest import SignIn, card_url, decision

WHY = "Customers are charged twice"


@pytest.fixture
def proposal(house: factories.House) -> Proposal:
    """Alice holds its task."""
    found = factories.pending(house)
    factories.claimed(found, house.alice, house.now)
    return found


def _taken(browser: Client, proposal: Proposal, reason: str = WHY, **how: Any) -> Any:
    url = reverse("desk:task_break_glass", args=[proposal.task.pk])
    return browser.post(url, {"emergency": reason}, **how)


def test_an_admin_takes_it_with_a_reason_and_decides_on_the_card(
    house: factories.House, sign_in: SignIn, proposal: Proposal
) -> None:
    browser = sign_in(house.adam)
    assert "Emergency: decide outside the rules" in browser.get(card_url(proposal)).text
    page = _taken(browser, proposal, follow=True).text
    assert "Everybody accountable was told." in page
    assert "Adam took this outside the ordinary rules" in page
    assert WHY in page
    proposal.task.refresh_from_db()
    url = reverse("desk:task_decide", args=[proposal.task.pk])
    browser.post(url, decision(proposal.task, "approve"))
    shown = browser.get(card_url(proposal)).text
    assert "In an emergency" in shown
    story = browser.get(reverse("desk:proposal_detail", args=[proposal.pk])).text
    assert "outside the ordinary rules, in an emergency: Customers are charged twice" in story


def test_who_may_not_is_offered_nothing_and_refused(
    house: factories.House, as_bob: Client, proposal: Proposal
) -> None:
    assert "Emergency: decide outside" not in as_bob.get(card_url(proposal)).text
    answer = _taken(as_bob, proposal)
    assert answer.status_code == 403
    assert "Only an admin may decide outside the rules" in answer.text
    assert not Emergency.objects.exists()


def test_without_a_reason_and_by_a_get_nothing_is_taken(
    house: factories.House, sign_in: SignIn, proposal: Proposal
) -> None:
    browser = sign_in(house.adam)
    assert _taken(browser, proposal, "  ").status_code == 422
    assert browser.get(reverse("desk:task_break_glass", args=[proposal.task.pk])).status_code == 302
    assert not Emergency.objects.exists()


def test_what_the_agent_replaced_says_by_what_and_the_newer_one_instead_of_what(
    house: factories.House, as_alice: Client, proposal: Proposal
) -> None:
    newer = factories.pending(house, supersedes=proposal.external_id)
    assert "put a newer proposal in its place" in as_alice.get(card_url(proposal)).text
    story = as_alice.get(reverse("desk:proposal_detail", args=[proposal.pk])).text
    assert "a newer proposal took its place" in story.lower()
    assert str(newer.pk) in story
    assert "It takes the place of" in as_alice.get(card_url(newer)).text
