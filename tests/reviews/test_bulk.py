"""Approving in bulk: only the slightest work, only after a sample, each decision for itself, and never as evidence."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.proposals.models import Proposal
from apps.proposals.states import Status
from apps.registry.models import AgentGrant
from apps.registry.states import Consequence, Reversibility
from apps.reviews import bulk, claiming, deciding, moving, settling
from apps.reviews.choosing import Choice, Invalid
from apps.reviews.models import Decision, Task
from apps.reviews.states import TaskStatus
from apps.routing.states import Verb
from apps.trust.models import LedgerEntry
from tests import factories
from tests.factories import House
from tests.reviews.test_people_and_tasks import outcome

SEED = "session"


def slight(house: House, number: int, **changes: Any) -> Task:
    """A waiting task of the lowest tier: tag an order."""
    if not house.workflow.action_types.filter(name="tag_order").exists():
        factories.ActionTypeFactory(
            workflow=house.workflow,
            name="tag_order",
            title="Tag an order",
            consequence=Consequence.LOW,
            reversibility=Reversibility.REVERSIBLE,
        )
    args = {"order_id": f"#W{number}", "reason": "no longer needed"}
    own = {
        "action": {"name": "tag_order", "args": args},
        "subject": {"kind": "order", "id": f"#W{number}"},
        "alternatives": [],
    }
    proposal = factories.pending(house, **own | changes)
    return Task.objects.select_related("proposal").get(proposal=proposal)


@pytest.fixture
def tasks(house: House) -> list[Task]:
    """Five slight tasks of one slice."""
    return [slight(house, number) for number in range(5)]


def seen(tasks: list[Task]) -> dict[UUID, str]:
    return {task.pk: task.proposal.args_sha256 for task in tasks}


def approve(tasks: list[Task], house: House, **changes: Any) -> bulk.Done:
    values: dict[str, Any] = {"seen": seen(tasks), "opened": set(seen(tasks)), "seed": SEED}
    return bulk.approve_all(**values | {"by": house.alice, "now": house.now} | changes)


def test_each_is_decided_by_itself_and_none_is_evidence(house: House, tasks: list[Task]) -> None:
    done = approve(tasks, house)
    assert (done.approved, done.refused) == (5, [])
    rows = Decision.objects.filter(batch=done.batch)
    assert {(row.by, row.verb, row.role) for row in rows} == {(house.alice, "approve", "first")}
    assert {row.task_id for row in rows} == set(seen(tasks))
    assert factories.held_by(house.alice) == 0
    settling.settle_due(now=house.now + timedelta(minutes=1))
    assert set(Proposal.objects.values_list("status", flat=True)) == {Status.APPROVED}
    entries = LedgerEntry.objects.filter(source_id__in=rows.values("pk"))
    assert [(entry.is_counted, entry.not_counted_because) for entry in entries] == [(False, "bulk")] * 5


def test_only_the_sample_has_to_be_opened_and_all_of_it(house: House, tasks: list[Task]) -> None:
    wanted = bulk.sample(seen(tasks), SEED)
    assert len(wanted) == bulk.SAMPLE
    for missing in wanted:
        with pytest.raises(Invalid) as refused:
            approve(tasks, house, opened=set(seen(tasks)) - {missing})
        assert refused.value.field == "opened"
    assert not Decision.objects.exists()
    assert approve(tasks, house, opened=wanted).approved == 5


@given(ids=st.sets(st.uuids(), min_size=1, max_size=60), seed=st.text())
def test_the_sample_is_part_of_what_is_approved_and_nobodys_choice(ids: set[UUID], seed: str) -> None:
    chosen = bulk.sample(ids, seed)
    assert chosen == bulk.sample(sorted(ids), seed)
    assert len(set(chosen)) == min(bulk.SAMPLE, len(ids))
    assert set(chosen) <= ids


@pytest.mark.parametrize("why", ["one", "unknown", "another slice", "too many"])
def test_what_does_not_go_together_is_refused_as_a_whole(house: House, tasks: list[Task], why: str) -> None:
    chosen = seen(tasks)
    if why == "one":
        chosen = seen(tasks[:1])
    elif why == "unknown":
        chosen[uuid4()] = "0" * 64
    elif why == "another slice":
        other = factories.AgentFactory(slug="other-bot", owner=house.tina)
        AgentGrant.objects.create(agent=other, workflow=house.workflow)
        house.agent = other
        chosen |= seen([slight(house, 99)])
    else:
        chosen = {uuid4(): "" for _number in range(bulk.MOST + 1)}
    with pytest.raises(Invalid):
        approve(tasks, house, seen=chosen, opened=set(chosen))
    assert not Decision.objects.exists()


@pytest.mark.parametrize("why", ["raised", "second person", "taken", "changed", "decided before"])
def test_one_that_cannot_be_is_left_out_with_its_reason(house: House, tasks: list[Task], why: str) -> None:
    odd, chosen = tasks[2], seen(tasks)
    if why == "raised":
        moving.raise_tier(task_id=odd.pk, now=house.now)
    elif why == "second person":
        moving.require_second(task_id=odd.pk, now=house.now)
    elif why == "taken":
        claiming.claim(task_id=odd.pk, by=house.bob, now=house.now)
    elif why == "changed":
        chosen[odd.pk] = "0" * 64
    else:
        held = claiming.claim(task_id=odd.pk, by=house.bob, now=house.now)
        factories.decided(held, house.bob, house.now)
    done = approve(tasks, house, seen=chosen)
    assert (done.approved, len(done.refused)) == (4, 1)
    assert not Decision.objects.filter(task=odd, batch__isnull=False).exists()
    if why == "changed":
        assert Task.objects.get(pk=odd.pk).status == TaskStatus.OPEN


@pytest.mark.parametrize("person", ["bob", "olga", "adam", "charlie", "tina", "gina"])
def test_who_could_not_decide_one_approves_none(house: House, tasks: list[Task], person: str) -> None:
    done = approve(tasks, house, by=getattr(house, person))
    assert done.approved == (5 if person == "bob" else 0)


def test_full_hands_approve_nothing_more(house: House, tasks: list[Task]) -> None:
    for _number in range(3):
        factories.claimed(factories.pending(house, subject=None), house.alice, house.now)
    done = approve(tasks, house)
    assert done.approved == 0
    assert "You hold 3 tasks already" in done.refused[0]


def test_all_can_be_taken_back_together_and_are_waiting_again(house: House, tasks: list[Task]) -> None:
    done = approve(tasks, house)
    assert bulk.undo_all(batch=done.batch, by=house.bob, now=house.now) == 0
    assert bulk.undo_all(batch=done.batch, by=house.alice, now=house.now) == 5
    assert set(Task.objects.values_list("status", "claimed_by")) == {(TaskStatus.OPEN, None)}
    assert approve(tasks, house, by=house.bob).approved == 5
    settling.settle_due(now=house.now + timedelta(minutes=1))
    assert bulk.undo_all(batch=done.batch, by=house.alice, now=house.now) == 0


def test_a_marked_decision_on_anything_else_is_refused_by_the_verb(house: House) -> None:
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    assert task.lease_token is not None
    choice = Choice(verb=Verb.APPROVE, seen_sha256=task.proposal.args_sha256, batch=uuid4())

    def act() -> Decision:
        assert task.lease_token is not None
        return deciding.decide(
            task_id=task.pk,
            by=house.alice,
            choice=choice,
            lease_token=task.lease_token,
            version=task.version,
            now=house.now,
        )

    with pytest.raises(Invalid):
        outcome(act)


def row(task: Task, house: House, batch: UUID | None, **changes: Any) -> Decision:
    values: dict[str, Any] = {
        "task": task,
        "round": 1,
        "role": "first",
        "by": house.alice,
        "verb": "approve",
        "action_name": task.proposal.action_type.name,
        "args_sha256": task.proposal.args_sha256,
        "seen_sha256": task.proposal.args_sha256,
        "batch": batch,
        "claimed_at": house.now,
        "decided_at": house.now,
    }
    return Decision.objects.create(**values | changes)


def test_the_database_refuses_bulk_on_anything_but_slight_work_of_one_slice_and_person(
    house: House, tasks: list[Task]
) -> None:
    batch = uuid4()
    row(tasks[0], house, batch)
    heavier, two = factories.pending(house).task, factories.two_person(house).task
    for attempt in (
        lambda: row(heavier, house, uuid4()),
        lambda: row(two, house, uuid4()),
        lambda: row(tasks[1], house, batch, by=house.bob),
        lambda: row(tasks[1], house, uuid4(), verb="reject", reason_code="x", action_name=""),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    row(tasks[1], house, batch)
    row(heavier, house, None)
