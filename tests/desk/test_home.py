"""Your turn: a sentence for everything the page says."""

from datetime import timedelta

from django.test import Client
from django.urls import reverse

from apps.accounts.models import Absence
from apps.reviews import returning
from apps.reviews.models import Task
from tests import factories
from tests.desk.conftest import SignIn

HOME = reverse("desk:home")


def test_it_says_how_much_waits_and_what_is_due(as_alice: Client, house: factories.House) -> None:
    factories.pending(house)
    factories.pending(
        house, now=house.now - timedelta(hours=3, minutes=30), subject={"kind": "order", "id": "#W2"}
    )
    factories.pending(house, now=house.now - timedelta(hours=5), subject={"kind": "order", "id": "#W3"})
    page = as_alice.get(HOME).text
    assert "3 tasks wait in your queues" in page
    assert "1 overdue" in page
    assert "1 due within the hour" in page


def test_it_lists_what_one_holds_with_the_time_left(as_alice: Client, house: factories.House) -> None:
    proposal = factories.pending(house)
    factories.claimed(proposal, house.alice, house.now)
    page = as_alice.get(HOME).text
    assert "In your hands" in page
    assert f"/tasks/{proposal.task.pk}/" in page
    assert "data-until" in page


def test_with_nothing_to_do_it_says_how_many_others_hold_and_until_when(
    as_alice: Client, house: factories.House
) -> None:
    proposal = factories.pending(house)
    task = factories.claimed(proposal, house.bob, house.now)
    page = as_alice.get(HOME).text
    assert "Nothing waits for you" in page
    assert "Others are working on 1 task" in page
    assert task.lease_expires_at is not None
    assert f"{task.lease_expires_at:%H:%M} UTC" in page


def test_an_outsider_is_told_how_tasks_would_come_to_them(house: factories.House, sign_in: SignIn) -> None:
    page = sign_in(house.charlie).get(HOME).text
    assert "You are not a reviewer of any queue" in page
    assert reverse("desk:task_claim_next") not in page


def test_taking_the_next_task_opens_its_card(as_alice: Client, house: factories.House) -> None:
    proposal = factories.pending(house)
    answer = as_alice.post(reverse("desk:task_claim_next"))
    assert answer.url == reverse("desk:task_detail", args=[proposal.task.pk])
    assert factories.held_by(house.alice) == 1


def test_taking_the_next_of_an_empty_desk_says_so(as_alice: Client, house: factories.House) -> None:
    answer = as_alice.post(reverse("desk:task_claim_next"), follow=True)
    assert answer.redirect_chain[-1][0] == HOME
    assert "Nothing is waiting that you could take." in answer.text


def test_a_queue_nobody_could_have_named_is_no_queue(as_alice: Client, house: factories.House) -> None:
    answer = as_alice.post(reverse("desk:task_claim_next"), {"queue": "a\0b"}, follow=True)
    assert answer.status_code == 200
    assert "Nothing is waiting that you could take." in answer.text


def test_a_person_who_is_away_is_told_so_and_gets_nothing(as_alice: Client, house: factories.House) -> None:
    factories.pending(house)
    Absence.objects.create(user=house.alice, starts_at=house.now, ends_at=house.now + timedelta(days=1))
    answer = as_alice.post(reverse("desk:task_claim_next"), follow=True)
    assert "You are marked as away" in answer.text
    assert factories.held_by(house.alice) == 0


def test_a_decision_can_be_undone_from_home_while_its_window_is_open(
    as_alice: Client, house: factories.House
) -> None:
    proposal = factories.pending(house)
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    assert "You approved" in as_alice.get(HOME).text
    answer = as_alice.post(reverse("desk:task_undo", args=[proposal.task.pk]), follow=True)
    assert "Taken back: nothing was granted." in answer.text
    assert "Approve:" in answer.text


def test_the_changing_part_comes_alone_when_htmx_asks_for_it(
    as_alice: Client, house: factories.House
) -> None:
    answer = as_alice.get(HOME, headers={"HX-Request": "true", "HX-Target": "turn"})
    assert answer.text.lstrip().startswith('<div id="turn"')
    assert "HX-Target" in answer["Vary"]
    boosted = as_alice.get(HOME, headers={"HX-Request": "true", "HX-Boosted": "true", "HX-Target": "content"})
    assert boosted.text.lstrip().lower().startswith("<!doctype html>")


def test_what_was_decided_just_now_can_still_be_taken_back(as_alice: Client, house: factories.House) -> None:
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    factories.decided(task, house.alice, house.now)
    page = as_alice.get(HOME).text
    assert "can still be taken back" in page
    assert "waiting for a decision" not in page


def test_what_one_may_not_take_oneself_is_not_counted(as_alice: Client, house: factories.House) -> None:
    factories.pending(house)
    skipped = factories.claimed(factories.pending(house, subject=None), house.alice, house.now)
    returning.skip(task_id=skipped.pk, by=house.alice, reason="I know them.", now=house.now)
    page = as_alice.get(reverse("desk:home")).text
    assert "1 task waits in your queues" in page
    Task.objects.update(agent_owner_id=house.alice.pk)
    page = as_alice.get(reverse("desk:home")).text
    assert "0 tasks wait in your queues" in page
    assert 'aria-keyshortcuts="n"' not in page


def test_it_says_in_which_order_tasks_are_taken_over_all_queues(
    as_alice: Client, house: factories.House
) -> None:
    low = factories.pending(house, subject={"kind": "order", "id": "#W2"})
    grave = factories.two_person(house, subject={"kind": "order", "id": "#W3"})
    Task.objects.filter(proposal=low).update(rank_at=house.now - timedelta(days=9))
    page = as_alice.get(HOME).text
    assert "what is graver earlier" in page
    assert page.index(f"coming-{low.task.pk}") < page.index(f"coming-{grave.task.pk}")
    assert as_alice.post(reverse("desk:task_claim_next")).url.endswith(f"/{low.task.pk}/")
