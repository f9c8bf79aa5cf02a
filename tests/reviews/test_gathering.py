"""Tasks about one subject come before one person together."""

import threading
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts import rights
from apps.accounts.roles import Role
from apps.audit.models import Event
from apps.intake import storing
from apps.intake.actions import submit
from apps.reviews import claiming, returning, settling
from apps.reviews.choosing import Invalid
from apps.reviews.gathering import MOST, is_contested, keys_for, siblings
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus
from apps.routing.states import Verb
from tests import factories
from tests.factories import House
from tests.together import at_once, somebody_waits_for_us
from tests.waiting import until

pytestmark = pytest.mark.django_db

CANCEL = {"name": "cancel_order", "args": {"order_id": "#W1", "reason": "no longer needed"}}
OTHER = {"name": "cancel_order", "args": {"order_id": "#W1", "reason": "ordered by mistake"}}


def test_what_is_about_one_subject_shares_a_key_and_nothing_else_does(house: House) -> None:
    first = factories.pending(house)
    assert first.task.together is None
    second, third = factories.pending(house, action=OTHER), factories.pending(house)
    factories.pending(house, subject={"kind": "order", "id": "#W2"})
    factories.pending(house, subject={"kind": "invoice", "id": "#W1"})
    factories.pending(house, subject=None)
    key = Task.objects.get(proposal=first).together
    assert key is not None
    assert {task.together for task in Task.objects.filter(proposal__in=[second, third])} == {key}
    assert Task.objects.filter(together__isnull=True).count() == 3


def test_of_one_batch_too(house: House) -> None:
    bodies = [
        factories.proposal_body(),
        factories.proposal_body(action=OTHER),
        factories.proposal_body(subject=None),
    ]
    submit(agent=house.agent, submissions=[factories.submission(body) for body in bodies], now=house.now)
    keys = [task.together for task in Task.objects.order_by("pk")]
    assert keys[0] == keys[1] is not None
    assert keys[2] is None


def test_what_is_answered_is_no_conflict_any_more(house: House) -> None:
    factories.settled(house)
    later = factories.pending(house, now=house.now + timedelta(hours=1))
    assert later.task.together is None


@pytest.mark.parametrize("is_next", [True, False])
def test_who_claims_one_gets_the_others_as_far_as_there_is_room(house: House, is_next: bool) -> None:
    proposals = [
        factories.pending(house, action=OTHER) for _number in range(settings.REVIEWHUB_CLAIMS_PER_PERSON + 1)
    ]
    factories.pending(house, subject=None)
    if is_next:
        assert claiming.claim_next(by=house.alice, now=house.now) is not None
    else:
        claiming.claim(task_id=proposals[-1].task.pk, by=house.alice, now=house.now)
    held = Task.objects.filter(claimed_by=house.alice)
    assert held.count() == settings.REVIEWHUB_CLAIMS_PER_PERSON
    assert len(set(held.values_list("together", flat=True))) == 1
    told = Event.objects.filter(verb="task.claimed", data__has_key="with")
    assert told.count() == settings.REVIEWHUB_CLAIMS_PER_PERSON - 1


def test_what_one_may_not_take_stays(house: House) -> None:
    factories.pending(house)
    second = factories.pending(house, action=OTHER)
    Task.objects.filter(proposal=second).update(excluded=[house.alice.pk])
    claiming.claim_next(by=house.alice, now=house.now)
    assert Task.objects.get(proposal=second).status == TaskStatus.OPEN


def test_many_about_one_subject_cost_a_claim_and_a_card_no_more(
    house: House, django_assert_max_num_queries: object
) -> None:
    first = factories.pending(house)
    for _number in range(30):
        factories.two_person(house, subject={"kind": "order", "id": "#W1"})
    outsider = factories.UserFactory(short="zoe")
    rights.give(role=Role.REVIEWER, to=outsider, on=house.queues["standard"], by=None, now=house.now)
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        claiming.claim(task_id=first.task.pk, by=outsider, now=house.now)
    assert Task.objects.filter(claimed_by=outsider).count() == 1
    assert len(siblings(Task.objects.get(proposal=first), now=house.now)) == MOST


def test_what_somebody_let_run_out_is_not_given_to_them_again_by_way_of_another(house: House) -> None:
    factories.pending(house)
    second = factories.pending(house)
    Task.objects.filter(proposal=second).update(lost_by=[house.alice.pk])
    first = Task.objects.exclude(proposal=second).get()
    claiming.claim(task_id=first.pk, by=house.alice, now=house.now, is_given=True)
    assert Task.objects.get(proposal=second).status == TaskStatus.OPEN


def test_what_is_approved_and_not_carried_out_is_a_conflict_still(house: House) -> None:
    first = factories.settled(house)
    later = factories.pending(house, action=OTHER, now=house.now + timedelta(minutes=1))
    assert [one.proposal for one in siblings(later.task, now=house.now + timedelta(minutes=1))] == [first]
    assert later.assessment.facts["open_on_subject"] == 1
    assert siblings(later.task, now=house.now + timedelta(hours=1)) == []


def test_letting_one_more_thing_happen_is_no_single_press_while_another_is_open_elsewhere(
    house: House,
) -> None:
    first, second = factories.pending(house), factories.pending(house, action=OTHER)
    task = factories.claimed(first, house.alice, house.now)
    assert not is_contested(task, by=house.alice, now=house.now)
    other = Task.objects.get(proposal=second)
    returning.release(task_id=other.pk, by=house.alice, now=house.now)
    claiming.claim(task_id=other.pk, by=house.bob, now=house.now)
    with pytest.raises(Invalid) as refused:
        factories.decided(task, house.alice, house.now, typed="")
    assert refused.value.field == "typed"
    factories.decided(task, house.alice, house.now, typed="#W1")
    settling.settle_due(now=house.now + timedelta(minutes=1))
    # To Bob what Alice approved is still open: it was not carried out yet.
    mine = Task.objects.select_related("proposal").get(pk=other.pk)
    assert is_contested(mine, by=house.bob, now=house.now + timedelta(minutes=1))


def test_rejecting_asks_nothing_however_much_is_open_elsewhere(house: House) -> None:
    first, second = factories.pending(house), factories.pending(house, action=OTHER)
    task = factories.claimed(first, house.alice, house.now)
    other = Task.objects.get(proposal=second)
    returning.release(task_id=other.pk, by=house.alice, now=house.now)
    factories.decided(task, house.alice, house.now, Verb.REJECT, reason_code="wrong-facts", typed="")
    assert Task.objects.get(pk=task.pk).status == TaskStatus.DECIDED


def test_a_task_that_is_being_decided_does_not_hold_up_the_next_proposal(house: House) -> None:
    first = factories.pending(house)
    factories.decided(factories.claimed(first, house.alice, house.now), house.alice, house.now)
    factories.pending(house, action=OTHER)
    settling.settle_due(now=house.now + timedelta(minutes=1))
    first.refresh_from_db()
    assert first.status == "approved"


@pytest.mark.django_db(transaction=True)
def test_two_who_propose_about_one_subject_at_once_see_each_other(
    live_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one stores only when the second one waits for it."""
    house, store, is_first = live_house, storing.store, iter([True])

    def store_late(**given: Any) -> Any:
        if next(is_first, False):
            until(somebody_waits_for_us, 20)
        return store(**given)

    monkeypatch.setattr(storing, "store", store_late)
    bodies = [factories.submission(factories.proposal_body(action=action)) for action in (OTHER, CANCEL)]
    acts = [partial(submit, agent=house.agent, submissions=[body], now=house.now) for body in bodies]
    assert all(isinstance(answers, list) for answers in at_once(acts))
    first, second = Task.objects.select_related("proposal__assessment").order_by("pk")
    assert first.together == second.together is not None
    open_on = {task.proposal.assessment.facts["open_on_subject"] for task in (first, second)}
    assert open_on == {0, 1}


def test_tasks_with_two_keys_share_one_as_soon_as_another_comes(house: House) -> None:
    for _each in range(2):
        factories.pending(house)
    for task in Task.objects.all():
        Task.objects.filter(pk=task.pk).update(together=uuid4())
    factories.pending(house, action=OTHER)
    assert Task.objects.values("together").distinct().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_claim_at_once_never_wait_for_each_other(live_house: House) -> None:
    house = live_house
    for _number in range(4):
        factories.pending(house, action=OTHER)
    errors: list[BaseException] = []

    def claim(person: object) -> None:
        try:
            claiming.claim_next(by=person, now=house.now)  # type: ignore[arg-type]
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(person,)) for person in (house.alice, house.bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Task.objects.filter(status=TaskStatus.CLAIMED).count() >= 3


def test_keys_of_many_subjects_take_as_many_statements_as_that_of_one(house: House) -> None:
    def statements(numbers: range) -> int:
        wanted = [(house.workflow.pk, "order", f"#M{number}") for number in numbers]
        for _workflow, kind, subject_id in wanted:
            factories.pending(house, subject={"kind": kind, "id": subject_id})
        with CaptureQueriesContext(connection) as captured:
            keys = keys_for(wanted, now=house.now)
        assert len(set(keys.values())) == len(wanted)
        given = Task.objects.filter(together__in=keys.values())
        assert given.count() == len(wanted)
        return len(captured)

    assert statements(range(1)) == statements(range(1, 9))


def test_no_subject_asks_nothing(house: House, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert keys_for([(1, "", ""), (2, "order", "")], now=house.now) == {}


def test_the_card_shows_what_else_is_proposed_and_how_it_differs(house: House) -> None:
    first = factories.pending(house)
    second = factories.pending(house, action=OTHER, summary="Cancel it as a mistake")
    third = factories.pending(house, summary="Cancel it once more")
    factories.claimed(first, house.alice, house.now)
    client = Client()
    client.force_login(house.alice)
    page = client.get(reverse("desk:task_detail", args=[first.task.pk]))
    found = {one.task.proposal_id: one for one in page.context["card"].conflicts}
    assert found.keys() == {second.pk, third.pk}
    assert [change["after"] for change in found[second.pk].changes] == ["ordered by mistake"]
    assert not found[second.pk].is_same
    assert found[third.pk].is_same
    text = " ".join(page.text.split())
    assert "2 other open proposals" in text
    assert "in your hands too" in text
    assert "the same again" in text


def test_what_one_has_to_pick_first_is_not_told_by_another_card(house: House) -> None:
    first = factories.pending(house)
    second = factories.pending(house, action=OTHER, summary="Cancel it as a mistake")
    Task.objects.filter(proposal=second).update(is_blind_first=True)
    factories.claimed(first, house.alice, house.now)
    client = Client()
    client.force_login(house.alice)
    page = client.get(reverse("desk:task_detail", args=[first.task.pk]))
    (other,) = page.context["card"].conflicts
    assert other.summary is None
    assert other.changes == []
    assert "Cancel it as a mistake" not in page.text


def test_the_card_says_what_was_approved_already_and_asks_for_the_word(house: House) -> None:
    factories.settled(house)
    now = house.now + timedelta(minutes=1)
    second = factories.pending(house, action=OTHER, now=now)
    with time_machine.travel(now, tick=False):
        client = Client()
        client.force_login(house.alice)
        claiming.claim(task_id=second.task.pk, by=house.alice, now=now)
        page = client.get(reverse("desk:task_detail", args=[second.task.pk]))
        text = " ".join(page.text.split())
        assert "approved, not carried out yet" in text
        assert "Letting this happen too takes typing what it is about." in text
        fields = page.context["forms"]["approve"].initial
        sent = {"verb": "approve", **{name: str(value) for name, value in fields.items()}}
        address = reverse("desk:task_decide", args=[second.task.pk])
        refused = client.post(address, sent)
        assert refused.status_code == 422
        assert client.post(address, sent | {"typed": "#W1"}).status_code == 302
