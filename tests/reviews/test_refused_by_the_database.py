"""What no decision may be, the database knows too: whatever door it comes through."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from apps.proposals.digests import action_sha256
from apps.reviews import settling
from apps.reviews.models import Decision, Task
from tests import factories
from tests.factories import House

OTHER = action_sha256("cancel_order", {"order_id": "#W2"})


@pytest.fixture
def task(house: House) -> Task:
    """Waiting for the second of two people; the first was Alice."""
    proposal = factories.two_person(house)
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    settling.settle_due(now=house.now + timedelta(minutes=1))
    return Task.objects.get(proposal=proposal)


def bobs(task: Task, house: House, **changes: Any) -> Decision:
    """Bob's approval, written past every verb."""
    seen = task.proposal.args_sha256
    values: dict[str, Any] = {
        "role": "second",
        "by": house.bob,
        "verb": "approve",
        "action_name": "delete_record",
        "args": task.proposal.args,
        "args_sha256": seen,
        "seen_sha256": seen,
        "was_blind": True,
        "claimed_at": house.now,
        "decided_at": house.now,
    }
    return Decision.objects.create(task=task, round=1, **values | changes)


def test_a_decision_that_breaks_no_rule_is_kept(house: House, task: Task) -> None:
    assert bobs(task, house).pk


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"args_sha256": OTHER}, "decision_approves_what_was_seen"),
        ({"action_name": ""}, "decision_approves_what_was_seen"),
        ({"args_sha256": OTHER, "seen_sha256": OTHER}, "exactly the arguments that were proposed"),
        ({"was_blind": False}, "decision_second_is_blind"),
        ({"role": "deciding"}, "decision_second_is_blind"),
        ({"role": "first", "was_blind": False}, "decision_once_per_task_round_role"),
    ],
)
def test_a_decision_on_something_else_or_not_blind_is_refused(
    house: House, task: Task, changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(Exception, match=why), transaction.atomic():
        bobs(task, house, **changes)


def test_a_second_decision_of_the_first_person_is_refused(house: House, task: Task) -> None:
    with pytest.raises(Exception, match="decision_by_different_people"), transaction.atomic():
        bobs(task, house, by=house.alice)


def test_the_owner_of_the_agent_is_refused_whoever_owned_it_when_it_proposed(
    house: House, task: Task
) -> None:
    with pytest.raises(Exception, match="an agent they own"), transaction.atomic():
        bobs(task, house, by=house.tina)
    house.agent.owner = house.bob
    house.agent.save()
    for owner in (house.tina, house.bob):
        with pytest.raises(Exception, match="an agent they own"), transaction.atomic():
            bobs(task, house, by=owner)


def test_a_task_nobody_has_to_decide_is_refused(task: Task) -> None:
    with pytest.raises(Exception, match="task_needs_somebody"), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(quorum=0)
