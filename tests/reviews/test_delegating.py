"""Handing a task to a named person: who may, to whom, and what everybody learns of it."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from apps.accounts import rights
from apps.accounts.models import Absence, User
from apps.accounts.roles import Role
from apps.audit.models import Event
from apps.delivery.models import Notification
from apps.reviews import claiming, delegating, returning, settling
from apps.reviews.choosing import Conflict, Invalid
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus
from tests import factories
from tests.factories import House
from tests.reviews.test_people_and_tasks import OTHERS, REVIEWERS, task_at
from tests.together import at_once


@pytest.fixture
def task(house: House) -> Task:
    """A task Alice holds."""
    return factories.claimed(factories.pending(house), house.alice, house.now)


def delegate(task: Task, house: House, **changes: Any) -> Task:
    values = {"to": house.bob, "by": house.alice, "note": "You know this carrier."}
    values |= {"lease_token": task.lease_token or task.pk, "now": house.now} | changes
    return delegating.delegate(task_id=task.pk, **values)


def test_the_task_is_in_the_other_hands_and_everybody_learns_of_it(house: House, task: Task) -> None:
    later = house.now + timedelta(minutes=3)
    given = delegate(task, house, now=later)
    given = Task.objects.select_related("queue").get(pk=given.pk)
    assert (given.status, given.claimed_by, given.claimed_at) == (TaskStatus.CLAIMED, house.bob, later)
    assert given.lease_token != task.lease_token
    assert given.lease_expires_at == later + timedelta(seconds=given.queue.lease_seconds)
    assert (given.due_at, given.rank_at) == (task.due_at, task.rank_at)
    with pytest.raises(Conflict, match="do not hold"):
        factories.decided(task, house.alice, later)
    factories.decided(given, house.bob, later)
    event = Event.objects.get(verb="task.delegated")
    assert (event.actor_name, event.data["to"], event.data["reason"]) == (
        "Alice",
        "Bob",
        "You know this carrier.",
    )
    note = Notification.objects.get(person=house.bob)
    assert (note.kind, note.text, note.link) == (
        "delegated",
        "In Standard.\n\nYou know this carrier.",
        f"/tasks/{task.pk}/",
    )


@pytest.mark.parametrize("status", list(TaskStatus))
@pytest.mark.parametrize("person", REVIEWERS + OTHERS)
def test_only_the_holder_hands_a_task_over(house: House, status: TaskStatus, person: str) -> None:
    task = task_at(house, status)
    by: User = getattr(house, person)
    to = house.alice if by == house.bob else house.bob
    if person == "alice" and status is TaskStatus.CLAIMED:
        assert delegate(task, house, by=by, to=to).claimed_by == to
    else:
        with pytest.raises(Conflict):
            delegate(task, house, by=by, to=to)


@pytest.mark.parametrize(
    "why", ["away", "full", "shut out", "outsider", "owner", "new owner", "skipped", "decided", "self"]
)
def test_nobody_is_given_what_they_could_not_claim(house: House, task: Task, why: str) -> None:
    to = house.bob
    if why == "away":
        ends_at = house.now + timedelta(hours=1)
        Absence.objects.create(user=to, starts_at=house.now, ends_at=ends_at)
    elif why == "full":
        for _number in range(3):
            factories.claimed(factories.pending(house), to, house.now)
    elif why == "shut out":
        User.objects.filter(pk=to.pk).update(is_active=False)
        to.refresh_from_db()
    elif why == "outsider":
        to = house.charlie
    elif why == "owner":
        to = house.tina
        rights.give(role=Role.REVIEWER, to=to, on=task.queue, by=None, now=house.now)
    elif why == "new owner":
        type(house.agent).objects.filter(pk=house.agent.pk).update(owner=to)
    elif why == "skipped":
        returning.release(task_id=task.pk, by=house.alice, now=house.now)
        claiming.claim(task_id=task.pk, by=to, now=house.now)
        returning.skip(task_id=task.pk, by=to, reason="not my field", now=house.now)
        task = claiming.claim(task_id=task.pk, by=house.alice, now=house.now)
    elif why == "decided":
        second = factories.two_person(house)
        factories.decided(factories.claimed(second, to, house.now), to, house.now)
        settling.settle_due(now=house.now + timedelta(minutes=1))
        task = claiming.claim(task_id=second.task.pk, by=house.alice, now=house.now)
    else:
        to = house.alice
    with pytest.raises(Invalid) as refused:
        delegate(task, house, to=to)
    assert refused.value.field == "to"
    assert Task.objects.get(pk=task.pk).claimed_by == house.alice


@pytest.mark.parametrize("note", ["", "  ", "x" * (delegating.LONGEST + 1)])
def test_a_note_is_needed_and_not_a_book(house: House, task: Task, note: str) -> None:
    with pytest.raises(Invalid) as refused:
        delegate(task, house, note=note)
    assert refused.value.field == "note"


def test_an_old_page_or_a_lost_claim_hands_nothing_over(house: House, task: Task) -> None:
    with pytest.raises(Conflict):
        delegate(task, house, lease_token=task.pk)
    assert task.lease_expires_at is not None
    with pytest.raises(Conflict):
        delegate(task, house, now=task.lease_expires_at)


def test_two_tasks_handed_over_at_once_never_overfill_a_person(live_house: House) -> None:
    now = live_house.now
    for _number in range(2):
        factories.claimed(factories.pending(live_house), live_house.bob, now)
    held = [factories.claimed(factories.pending(live_house), live_house.alice, now) for _number in range(2)]

    results = at_once([partial(delegate, one, live_house) for one in held])
    assert sorted(type(result).__name__ for result in results) == ["Invalid", "Task"]
    assert factories.held_by(live_house.bob) == 3
