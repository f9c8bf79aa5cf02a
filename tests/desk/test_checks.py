"""Marking evidence as checked."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.models import Event
from apps.audit.sentences import sentence
from apps.proposals.models import Proposal
from apps.reviews import settling
from apps.reviews.models import EvidenceCheck
from tests import factories
from tests.desk.conftest import card_url

MARKED = 'aria-pressed="true"'


@pytest.fixture
def held(house: factories.House) -> Proposal:
    proposal = factories.pending(house)
    factories.claimed(proposal, house.alice, house.now)
    return Proposal.objects.get(pk=proposal.pk)


def check_url(proposal: Proposal, position: int = 1) -> str:
    return reverse("desk:evidence_check", args=[proposal.task.pk, position])


def test_the_holder_marks_an_item_and_takes_it_back(as_alice: Client, held: Proposal) -> None:
    assert MARKED not in as_alice.get(card_url(held)).text
    for _twice in range(2):
        answer = as_alice.post(check_url(held), {"checked": "yes"})
        assert answer["Location"] == f"{card_url(held)}#evidence-1"
    assert EvidenceCheck.objects.count() == 1
    assert MARKED in as_alice.get(card_url(held)).text
    as_alice.post(check_url(held), {"checked": "no"})
    assert not EvidenceCheck.objects.exists()


def test_htmx_gets_the_button_alone(as_alice: Client, held: Proposal) -> None:
    answer = as_alice.post(check_url(held), {"checked": "yes"}, headers={"HX-Request": "true"})
    assert MARKED in answer.text
    assert "<html" not in answer.text


def test_nobody_else_may(as_bob: Client, held: Proposal) -> None:
    assert as_bob.post(check_url(held), {"checked": "yes"}).status_code == 403
    assert not EvidenceCheck.objects.exists()


def test_an_item_that_is_not_there_is_not_found(as_alice: Client, held: Proposal) -> None:
    assert as_alice.post(check_url(held, 9), {"checked": "yes"}).status_code == 404


def test_a_blind_second_person_does_not_see_what_the_first_checked(
    as_alice: Client, as_bob: Client, house: factories.House
) -> None:
    proposal = factories.two_person(house, subject={"kind": "customer", "id": "C-1"})
    task = factories.claimed(proposal, house.alice, house.now)
    as_alice.post(check_url(proposal), {"checked": "yes"})
    factories.decided(task, house.alice, house.now)
    settling.settle_due(now=house.now + timedelta(minutes=1))
    factories.claimed(proposal, house.bob, house.now)
    page = as_bob.get(card_url(proposal)).text
    assert MARKED not in page
    assert "checked by" not in page
    assert "of the evidence as checked" not in page


def test_the_printed_decision_says_who_checked(
    as_alice: Client, held: Proposal, house: factories.House
) -> None:
    as_alice.post(check_url(held), {"checked": "yes"})
    factories.decided(held.task, house.alice, house.now)
    page = as_alice.get(reverse("desk:proposal_print", args=[held.pk])).text
    assert "checked by Alice" in page


def test_marking_and_taking_the_mark_away_are_on_record_once_each(
    as_alice: Client, held: Proposal, house: factories.House
) -> None:
    for said in ("yes", "yes", "no", "no"):
        as_alice.post(check_url(held), {"checked": said})
    events = Event.objects.filter(verb__startswith="evidence.").order_by("at", "id")
    assert [(event.verb, event.actor_name, event.proposal_id) for event in events] == [
        ("evidence.checked", "Alice", held.pk),
        ("evidence.unchecked", "Alice", held.pk),
    ]
    assert "Alice took the mark from item 1 of the evidence." in [sentence(event) for event in events]
