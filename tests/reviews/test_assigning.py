"""Queues that give their tasks to people: to whom, never too many, never twice, and not round in circles."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from apps.accounts.models import Absence
from apps.audit.models import Event
from apps.delivery.models import Notification
from apps.reviews import assigning, claiming, returning
from apps.reviews.models import Queue, Task
from apps.reviews.states import TaskStatus
from tests import factories
from tests.factories import House
from tests.together import at_once

CAP = 3


@pytest.fixture
def giving(house: House) -> House:
    """The house, its standard queue giving tasks out."""
    Queue.objects.filter(slug="standard").update(assigns=True)
    return house


def holders() -> Counter[str]:
    held = Task.objects.filter(status=TaskStatus.CLAIMED).values_list("claimed_by__short", flat=True)
    return Counter(held)


def test_a_queue_gives_nothing_out_unless_it_says_so(house: House) -> None:
    factories.pending(house)
    assert assigning.assign_due(now=house.now) == 0
    assert not holders()


def test_tasks_go_to_who_has_the_least_to_do_until_all_hands_are_full(giving: House) -> None:
    for _number in range(8):
        factories.pending(giving, subject=None)
    claiming.claim_next(by=giving.alice, now=giving.now)
    assert assigning.assign_due(now=giving.now, limit=1) == 1
    assert holders() == {"alice": 1, "bob": 1}
    assert assigning.assign_due(now=giving.now) == 4
    assert holders() == {"alice": CAP, "bob": CAP}
    assert assigning.assign_due(now=giving.now) == 0


def test_who_is_given_a_task_is_told_and_the_log_says_who_gave_it(giving: House) -> None:
    proposal = factories.pending(giving)
    assert assigning.assign_due(now=giving.now) == 1
    task = Task.objects.get(proposal=proposal)
    assert (task.claimed_by, task.lease_expires_at) == (
        giving.alice,
        giving.now + timedelta(seconds=task.queue.lease_seconds),
    )
    row = Notification.objects.get(kind="assigned")
    assert (row.person, row.link, row.proposal_id) == (giving.alice, f"/tasks/{task.pk}/", proposal.pk)
    event = Event.objects.get(verb="task.assigned")
    assert (event.actor_name, event.data) == ("ReviewHub", {"to": "Alice"})
    assert not Event.objects.filter(verb="task.claimed", proposal_id=proposal.pk).exists()


def test_it_goes_to_nobody_who_is_away_owns_the_agent_skipped_it_or_only_leads(giving: House) -> None:
    giving.tina.groups.add(giving.team)
    Absence.objects.create(
        user=giving.bob, starts_at=giving.now - timedelta(days=1), ends_at=giving.now + timedelta(days=1)
    )
    task = factories.claimed(factories.pending(giving), giving.alice, giving.now)
    returning.skip(task_id=task.pk, by=giving.alice, reason="not my field", now=giving.now)
    assert assigning.assign_due(now=giving.now) == 0
    assert assigning.assign_due(now=giving.now + timedelta(days=2)) == 1
    assert holders() == {"bob": 1}


def test_a_task_nobody_looks_at_does_not_go_round(giving: House) -> None:
    proposal = factories.pending(giving)
    now = giving.now
    for person in ("alice", "bob"):
        assert assigning.assign_due(now=now) == 1
        assert holders() == {person: 1}
        now = Task.objects.get(proposal=proposal).lease_expires_at
        assert returning.return_lost_claims(now=now) == 1
    assert assigning.assign_due(now=now) == 0
    mine = claiming.claim(task_id=proposal.task.pk, by=giving.alice, now=now)
    assert mine.claimed_by == giving.alice


def test_tasks_that_fit_nobody_do_not_hide_those_behind_them(giving: House) -> None:
    for _number in range(5):
        proposal = factories.pending(giving)
        Task.objects.filter(proposal=proposal).update(deciders=[giving.alice.pk, giving.bob.pk])
    behind = factories.pending(giving, now=giving.now + timedelta(minutes=1))
    assert assigning.assign_due(now=giving.now, limit=1) == 1
    assert Task.objects.get(status=TaskStatus.CLAIMED).proposal_id == behind.pk


@pytest.mark.django_db(transaction=True)
def test_sweepers_and_claimants_at_once_never_pass_the_limit_nor_share_a_task(live_house: House) -> None:
    house = live_house
    Queue.objects.filter(slug="standard").update(assigns=True)
    people = [house.alice, house.bob, *(factories.UserFactory() for _number in range(4))]
    house.team.user_set.add(*people)
    for _number in range(30):
        factories.pending(house)
    sweeps = [partial(assigning.assign_due, now=house.now)] * 5
    claims = [partial(claiming.claim_next, by=person, now=house.now) for person in people]
    results = at_once([*sweeps, *claims])
    strange = [one for one in results if isinstance(one, Exception) and not isinstance(one, claiming.TooMany)]
    assert not strange
    assigning.assign_due(now=house.now)
    assert set(holders().values()) == {CAP}
    assert len(holders()) == len(people)
    taken = Event.objects.filter(verb__in=["task.assigned", "task.claimed"])
    given = Counter(taken.values_list("subject_id"))
    assert len(given) == CAP * len(people)
    assert set(given.values()) == {1}
    assert (
        Notification.objects.filter(kind="assigned").count()
        == Event.objects.filter(verb="task.assigned").count()
    )


def test_a_task_that_cannot_be_given_does_not_stop_those_behind_it(
    giving: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = factories.pending(giving, subject=None).task.pk
    for _number in range(2):
        factories.pending(giving, subject=None)
    claim = claiming.claim

    def claim_or_fail(*, task_id: UUID, **rest: Any) -> Task:
        if task_id == poison:
            raise RuntimeError("poison")
        return claim(task_id=task_id, **rest)

    monkeypatch.setattr(claiming, "claim", claim_or_fail)
    assert assigning.assign_due(now=giving.now) == 2
    monkeypatch.undo()
    assert assigning.assign_due(now=giving.now) == 1
