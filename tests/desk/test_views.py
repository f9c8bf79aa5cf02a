"""Filters in the address, views saved under a name, and the people of a queue."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Absence, Presence
from apps.desk import saving
from apps.desk.models import SavedView
from apps.reviews import claiming, moving, returning
from tests import factories
from tests.desk.conftest import SignIn
from tests.desk.test_queues import STANDARD, _shown

SAVE = reverse("desk:view_save", args=["standard"])


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ({"action": "cancel_order"}, 1),
        ({"action": "delete_record"}, 0),
        ({"agent": "order-bot"}, 1),
        ({"agent": "nobody"}, 1),
        ({"tier": "1"}, 1),
        ({"tier": "11"}, 0),
        ({"tier": "-4"}, 1),
        ({"due": "late"}, 0),
        ({"due": "in-time"}, 1),
        ({"due": "<b>"}, 1),
        ({"stuck": "on"}, 0),
        ({"due": "in-time", "agent": "order-bot", "text": "#W1"}, 1),
    ],
)
def test_every_filter_stands_in_the_address(
    as_alice: Client, house: factories.House, query: dict[str, str], hits: int
) -> None:
    factories.pending(house)
    page = as_alice.get(STANDARD, query)
    assert page.status_code == 200
    assert len(_shown(page)) == hits


def test_what_is_due_when(as_alice: Client, house: factories.House) -> None:
    late = factories.pending(house, now=house.now - timedelta(hours=5))
    soon = factories.pending(house, now=house.now - timedelta(hours=3, minutes=30))
    later = factories.pending(house)
    for due, one in (("late", late), ("soon", soon), ("in-time", later)):
        assert _shown(as_alice.get(STANDARD, {"due": due})) == [str(one.task.pk)]


@pytest.mark.parametrize("what", ["skipped", "lost", "escalated"])
def test_stuck_is_what_was_skipped_lost_or_escalated(
    as_alice: Client, house: factories.House, what: str
) -> None:
    factories.pending(house)
    task = factories.claimed(factories.pending(house, subject=None), house.bob, house.now)
    if what == "skipped":
        returning.skip(task_id=task.pk, by=house.bob, reason="not mine", now=house.now)
    elif what == "lost":
        assert task.lease_expires_at is not None
        returning.return_lost_claims(now=task.lease_expires_at)
    else:
        returning.release(task_id=task.pk, by=house.bob, now=house.now)
        moving.hurry(task_id=task.pk, by=house.bob, now=house.now, reason="odd")
    assert _shown(as_alice.get(STANDARD, {"stuck": "on"})) == [str(task.pk)]


def test_a_saved_view_is_an_address_anybody_may_be_sent(
    as_alice: Client, as_bob: Client, house: factories.House
) -> None:
    answer = as_alice.post(
        SAVE, {"name": " Late  cancels ", "query": "due=late&action=cancel_order&rubbish=1&tier=99"}
    )
    assert answer.url == f"{STANDARD}?action=cancel_order&due=late"
    for page in (STANDARD, reverse("desk:home")):
        assert "Late cancels" in as_alice.get(page).text
    assert as_bob.get(answer.url).status_code == 200
    assert "Late cancels" not in as_bob.get(STANDARD).text


def test_the_same_name_replaces_and_another_persons_view_stays(
    as_alice: Client, as_bob: Client, house: factories.House
) -> None:
    as_alice.post(SAVE, {"name": "Mine", "query": "due=late"})
    as_alice.post(SAVE, {"name": "mine", "query": "due=soon"})
    view = SavedView.objects.get()
    assert (view.name, view.query) == ("mine", "due=soon")
    as_bob.post(reverse("desk:view_forget", args=[view.pk]))
    assert SavedView.objects.exists()
    assert as_alice.post(reverse("desk:view_forget", args=[view.pk])).url == STANDARD
    assert not SavedView.objects.exists()


def test_a_view_needs_a_name_a_queue_one_may_see_and_has_an_end(
    as_alice: Client, house: factories.House, sign_in: SignIn
) -> None:
    for empty in (" ", "\0"):
        assert "Give the view a name." in as_alice.post(SAVE, {"name": empty}, follow=True).text
    as_alice.post(SAVE, {"name": "Late\0ones"})
    assert SavedView.objects.get().name == "Late ones"
    SavedView.objects.all().delete()
    assert sign_in(house.charlie).post(SAVE, {"name": "x"}).url == f"{STANDARD}?"
    for number in range(saving.MOST):
        as_alice.post(SAVE, {"name": f"View {number}"})
    page = as_alice.post(SAVE, {"name": "One more"}, follow=True)
    assert "You keep 20 views already" in page.text
    assert SavedView.objects.count() == saving.MOST


def test_the_view_to_save_follows_the_filters_without_a_reload(
    as_alice: Client, house: factories.House
) -> None:
    part = as_alice.get(STANDARD, {"due": "late"}, headers={"HX-Request": "true", "HX-Target": "tasks"}).text
    assert 'name="query" value="due=late" hx-swap-oob="true"' in " ".join(part.split())
    assert "hx-swap-oob" not in as_alice.get(STANDARD, {"due": "late"}).text


def test_it_says_who_is_here_who_is_away_and_what_each_has_done(
    as_alice: Client, house: factories.House
) -> None:
    factories.settled(house, by=house.bob)
    factories.claimed(factories.pending(house), house.bob, house.now)
    Presence.objects.create(person=house.bob, seen_at=house.now)
    Absence.objects.create(
        user=house.alice,
        starts_at=house.now,
        ends_at=house.now + timedelta(days=1),
        delegate=house.bob,
    )
    page = " ".join(as_alice.get(STANDARD).text.split())
    bob, alice = page.split("People of this queue")[1].split('<th scope="row"')[1:3]
    assert "Bob" in bob
    assert "here now" in bob
    assert 'data-label="holds">1<' in bob
    assert 'data-label="decided today">1<' in bob
    assert "away until 18 Nov, 10:00" in alice
    assert "in their place: Bob" in alice


def test_who_was_not_seen_lately_is_not_here(as_alice: Client, house: factories.House) -> None:
    Presence.objects.create(person=house.bob, seen_at=house.now - timedelta(minutes=2))
    assert "here now" not in as_alice.get(STANDARD).text


def test_home_says_what_comes_next_and_why(as_alice: Client, house: factories.House) -> None:
    second = factories.two_person(house)
    factories.decided(factories.claimed(second, house.bob, house.now), house.bob, house.now)
    factories.settling.settle_due(now=house.now + timedelta(minutes=1))
    skipped = factories.claimed(factories.pending(house), house.bob, house.now)
    returning.skip(task_id=skipped.pk, by=house.bob, reason="not mine", now=house.now)
    page = " ".join(as_alice.get(reverse("desk:home")).text.split())
    assert "Next for you" in page
    why = re.sub("<[^>]*>", " ", page)
    assert "Senior One person has decided; a second one is needed." in " ".join(why.split())
    assert "Standard 1 person skipped it." in " ".join(why.split())
    first = claiming.claim_next(by=house.alice, now=house.now)
    assert first is not None
    coming = page.split("Next for you")[1]
    assert coming.index(f"/tasks/{second.task.pk}/") < coming.index(f"/tasks/{skipped.pk}/")
    assert first.proposal_id == second.pk


def test_home_shows_nobody_what_they_may_not_take(as_bob: Client, house: factories.House) -> None:
    second = factories.two_person(house)
    factories.decided(factories.claimed(second, house.bob, house.now), house.bob, house.now)
    factories.settling.settle_due(now=house.now + timedelta(minutes=1))
    assert "Next for you" not in as_bob.get(reverse("desk:home")).text


def test_home_says_how_each_task_came_into_ones_hands(
    as_alice: Client, house: factories.House, django_assert_num_queries: Any
) -> None:
    task = claiming.claim_next(by=house.alice, now=house.now) or factories.claimed(
        factories.pending(house), house.alice, house.now
    )
    factories.asked(task, house.alice, house.now)
    factories.asking.call_off(task_id=task.pk, by=house.alice, now=house.now)
    claiming.claim(task_id=factories.pending(house).task.pk, by=house.alice, now=house.now, is_given=True)
    page = as_alice.get(reverse("desk:home")).text
    assert "It came back to you after your question to the agent." in page
    assert "ReviewHub gave it to you." in page


def test_home_tells_what_was_given_from_what_was_taken(as_alice: Client, house: factories.House) -> None:
    claiming.claim(task_id=factories.pending(house).task.pk, by=house.alice, now=house.now)
    assert "You took it." in as_alice.get(reverse("desk:home")).text
    factories.pending(house)
    claiming.claim_next(by=house.alice, now=house.now)
    assert (
        "It was given to you because it was next in your queues." in as_alice.get(reverse("desk:home")).text
    )


def test_no_list_turns_its_words_around(as_alice: Client, house: factories.House) -> None:
    def proposed() -> Any:
        proposal = factories.pending(house, summary="Refund \u202eevil\u2066 W1", subject=None)
        return proposal.task

    waiting, held = proposed(), factories.claimed(proposed().proposal, house.alice, house.now)
    decided = factories.decided(
        factories.claimed(proposed().proposal, house.alice, house.now), house.alice, house.now
    )
    assert waiting.headline == held.headline == "Refund evil W1"
    assert decided is not None
    for address in (STANDARD, reverse("desk:home"), reverse("desk:proposal_list")):
        page = as_alice.get(address).text
        assert "Refund evil W1" in page
        assert "\u202e" not in page
        assert "\u2066" not in page
