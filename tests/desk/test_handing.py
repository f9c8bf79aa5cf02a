"""Delegating and escalating from the card."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Presence
from apps.audit.models import Event
from apps.reviews import returning
from apps.reviews.models import Task
from tests import factories
from tests.desk.conftest import SignIn, card_url


@pytest.fixture
def task(house: factories.House) -> Task:
    """A task Alice holds."""
    return factories.claimed(factories.pending(house), house.alice, house.now)


def delegate_url(task: Task) -> str:
    return reverse("desk:task_delegate", args=[task.pk])


def handed(task: Task, house: factories.House, **changes: Any) -> dict[str, Any]:
    return {"lease_token": task.lease_token, "to": house.bob.pk, "note": "You know them."} | changes


def test_the_card_offers_it_by_key_and_the_form_says_who_is_here(
    as_alice: Client, house: factories.House, task: Task
) -> None:
    card = as_alice.get(card_url(task.proposal)).text
    assert 'data-key="d"' in card
    assert 'data-key="x"' in card
    page = as_alice.get(delegate_url(task)).text
    assert "Bob (holds 0 tasks)" in page
    assert "Alice (" not in page
    assert "Charlie" not in page
    Presence.objects.create(person=house.bob, seen_at=house.now)
    part = as_alice.get(delegate_url(task), headers={"HX-Request": "true", "HX-Target": "delegate"}).text
    assert part.lstrip().startswith('<div id="delegate"')
    assert "Bob (here now, holds 0 tasks)" in part


def test_full_hands_are_named_and_not_offered(as_alice: Client, house: factories.House, task: Task) -> None:
    for _number in range(3):
        factories.claimed(factories.pending(house), house.bob, house.now)
    page = as_alice.get(delegate_url(task)).text
    assert "Nobody else can take it now" in page
    assert "With full hands: Bob." in page
    answer = as_alice.post(delegate_url(task), handed(task, house))
    assert answer.status_code == 422
    assert Task.objects.get(pk=task.pk).claimed_by == house.alice


def test_handing_over_goes_on_to_the_next_task_and_says_why_at_the_other_end(
    as_alice: Client, as_bob: Client, house: factories.House, task: Task
) -> None:
    following = factories.pending(house)
    answer = as_alice.post(delegate_url(task), handed(task, house))
    assert answer.url == card_url(following)
    assert "Handed to Bob, who is told." in as_alice.get(answer.url).text
    assert Task.objects.get(pk=task.pk).claimed_by == house.bob
    page = as_bob.get(reverse("desk:home")).text
    assert "Alice handed it to you." in page
    assert "You know them." in page


@pytest.mark.parametrize(("field", "value"), [("note", ""), ("to", ""), ("to", "999999"), ("to", "x")])
def test_what_is_missing_is_said_beside_the_field(
    as_alice: Client, house: factories.House, task: Task, field: str, value: str
) -> None:
    answer = as_alice.post(delegate_url(task), handed(task, house, **{field: value}))
    assert answer.status_code == 422
    assert f'id="id_delegate_{field}_error"' in answer.text
    # On the card, with its evidence in sight, at the card's own address.
    assert 'id="evidence-heading"' in answer.text
    assert answer["HX-Push-Url"] == "false"
    assert answer.text.count('id="delegate"') == 1
    assert Task.objects.get(pk=task.pk).claimed_by == house.alice


def test_a_task_chosen_by_lot_says_on_its_card_that_it_is_not_handed_over(
    as_alice: Client, house: factories.House, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.reviews.keeping.stays", lambda task, *, by: True)
    answer = as_alice.post(delegate_url(task), handed(task, house))
    assert answer.status_code == 422
    assert "like others chosen by lot, is not skipped, handed over" in answer.text
    assert "You know them." in answer.text
    assert 'data-key="a"' in answer.text


def test_a_skip_that_came_too_late_keeps_its_reason(
    as_alice: Client, house: factories.House, task: Task
) -> None:
    returning.release(task_id=task.pk, by=house.alice, now=house.now)
    answer = as_alice.post(reverse("desk:task_skip", args=[task.pk]), {"reason": "I know them."})
    assert answer.status_code == 409
    assert "What you had entered" in answer.text
    assert "I know them." in answer.text


def test_what_was_typed_is_kept_when_the_claim_is_lost(
    as_alice: Client, house: factories.House, task: Task
) -> None:
    returning.release(task_id=task.pk, by=house.alice, now=house.now)
    answer = as_alice.post(delegate_url(task), handed(task, house))
    assert answer.status_code == 409
    assert "You do not hold this task any more." in answer.text
    assert "You know them." in answer.text


def test_who_does_not_hold_it_is_shown_the_card_and_strangers_nothing(
    as_bob: Client, house: factories.House, task: Task, sign_in: SignIn
) -> None:
    assert as_bob.get(delegate_url(task)).url == card_url(task.proposal)
    assert as_bob.post(delegate_url(task), handed(task, house)).status_code in (409, 422)
    assert sign_in(house.charlie).get(delegate_url(task)).status_code == 403
    assert sign_in(house.charlie).post(delegate_url(task), handed(task, house)).status_code == 403
    assert Task.objects.get(pk=task.pk).claimed_by == house.alice


def test_escalating_asks_the_chain_to_go_on_and_keeps_the_task(
    as_alice: Client, house: factories.House, task: Task
) -> None:
    url = reverse("desk:task_escalate", args=[task.pk])
    answer = as_alice.post(url, {"why": "This smells of fraud."}, follow=True)
    assert "Escalated: the chain of this task goes on at once." in answer.text
    assert "It was escalated just now" in answer.text
    task = Task.objects.get(pk=task.pk)
    assert (task.hurried_at is not None, task.claimed_by) == (True, house.alice)
    event = Event.objects.get(verb="task.hurried")
    assert (event.actor_name, event.data["reason"]) == ("Alice", "This smells of fraud.")
    again = as_alice.post(url, {"why": "Still."}, follow=True)
    assert "It was escalated just now already" in again.text


def test_escalating_needs_a_reason_and_a_task_that_is_not_decided(
    as_alice: Client, as_bob: Client, house: factories.House, task: Task, sign_in: SignIn
) -> None:
    url = reverse("desk:task_escalate", args=[task.pk])
    assert as_alice.post(url, {"why": " "}).status_code == 422
    assert sign_in(house.charlie).post(url, {"why": "x"}).status_code == 403
    # A reviewer who only reads may call for help too.
    assert "Escalate: more people, now" in as_bob.get(card_url(task.proposal)).text
    factories.decided(task, house.alice, house.now)
    refused = as_bob.post(url, {"why": "typed with care"})
    assert refused.status_code == 409
    assert "typed with care" in refused.text
    assert "Escalate: more people, now" not in as_bob.get(card_url(task.proposal)).text
    assert factories.held_by(house.alice) == 0
