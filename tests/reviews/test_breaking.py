"""An admin decides outside the ordinary rules in an emergency: with a reason, told to everybody, never as evidence."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from apps.accounts import rights
from apps.accounts.models import Absence
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.audit.models import Event
from apps.delivery.models import Notification
from apps.intake import examining
from apps.proposals.examining import order
from apps.proposals.models import Examination, Grant, Proposal
from apps.proposals.states import Ending, Purpose, Status
from apps.reviews import breaking, claiming, deciding, returning, settling
from apps.reviews.breaking import break_glass
from apps.reviews.choosing import Conflict, Invalid
from apps.reviews.gold import keep_confirmed
from apps.reviews.models import Attention, Decision, Emergency, GoldAnswer, Task
from apps.reviews.states import Mark, TaskStatus
from apps.routing.states import Verb
from apps.trust.models import LedgerEntry, Seed
from tests import factories
from tests.factories import House
from tests.trust import earning

MINUTE = timedelta(minutes=1)
WHY = "The shop is down and customers are charged twice"


def broken(house: House, proposal: Proposal, person: str = "adam") -> Task:
    """The proposal's task, taken by Adam in an emergency."""
    return break_glass(task_id=proposal.task.pk, by=getattr(house, person), reason=WHY, now=house.now)


def test_an_admin_who_is_no_reviewer_approves_and_it_is_no_evidence(house: House) -> None:
    proposal = factories.pending(house)
    factories.decided(broken(house, proposal), house.adam, house.now)
    settling.settle_due(now=house.now + MINUTE)
    proposal.refresh_from_db()
    assert (proposal.status, proposal.resolution.decided_by) == (Status.APPROVED, "Adam")
    assert Grant.objects.filter(proposal=proposal).exists()
    entry = LedgerEntry.objects.get(proposal_id=proposal.pk)
    assert (entry.is_counted, entry.not_counted_because, entry.wrong) == (False, "break_glass", False)
    assert sum(earning.standing(proposal.slice).n) == 0
    assert Attention.objects.get().mark == Mark.EMERGENCY


def test_an_override_in_an_emergency_neither_counts_nor_orders_a_second_look(house: House) -> None:
    proposal = factories.pending(house)
    factories.decided(broken(house, proposal), house.adam, house.now, Verb.REJECT)
    settling.settle_due(now=house.now + MINUTE)
    assert LedgerEntry.objects.get().not_counted_because == "break_glass"
    assert not Examination.objects.exists()


def test_it_is_told_kept_and_shown_with_its_reason(house: House) -> None:
    proposal = factories.pending(house)
    factories.claimed(proposal, house.alice, house.now)
    task = broken(house, proposal)
    kept = Emergency.objects.get()
    assert (kept.task, kept.by, kept.reason, kept.taken_from) == (task, house.adam, WHY, "Alice")
    event = Event.objects.get(verb="task.glass_broken")
    assert (event.actor_name, event.data) == ("Adam", {"reason": WHY, "holder": "Alice"})
    told = set(Notification.objects.filter(kind="emergency").values_list("person__short", flat=True))
    assert told == {"alice", "olga", "petra", "tina", "gina"}


@pytest.mark.parametrize("person", ["alice", "olga", "tina", "gina", "charlie"])
def test_only_an_admin_breaks_the_glass(house: House, person: str) -> None:
    with pytest.raises(NotAllowed, match="Only an admin"):
        broken(house, factories.pending(house), person)


def test_not_for_ones_own_agent_not_twice_not_without_a_reason(house: House) -> None:
    proposal = factories.pending(house)
    with pytest.raises(NotAllowed, match="Say what the emergency is"):
        break_glass(task_id=proposal.task.pk, by=house.adam, reason=" ", now=house.now)
    house.agent.owner = house.adam
    house.agent.save()
    with pytest.raises(NotAllowed, match="own the agent"):
        broken(house, factories.pending(house))
    assert not Emergency.objects.exists()


def test_who_came_to_own_the_agent_after_breaking_the_glass_decides_nothing(house: House) -> None:
    task = broken(house, factories.pending(house))
    house.agent.owner = house.adam
    house.agent.save()
    with pytest.raises(NotAllowed, match="own the agent"):
        factories.decided(task, house.adam, house.now)


def test_one_who_decided_before_or_knows_the_case_is_refused(house: House) -> None:
    rights.appoint(role=Role.ADMIN, to=house.alice, by=None, now=house.now)
    proposal = factories.two_person(house)
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    settling.settle_due(now=house.now + MINUTE)
    with pytest.raises(NotAllowed, match="decided on this proposal before"):
        broken(house, proposal, "alice")
    Task.objects.update(excluded=[house.adam.pk])
    with pytest.raises(NotAllowed, match="for somebody else"):
        broken(house, proposal)


def test_absence_and_full_hands_do_not_stop_it_but_a_decision_does(house: House) -> None:
    Absence.objects.create(user=house.adam, starts_at=house.now - MINUTE, ends_at=house.now + MINUTE)
    for _number in range(4):
        broken(house, factories.pending(house))
    decided = factories.pending(house)
    factories.decided(factories.claimed(decided, house.alice, house.now), house.alice, house.now)
    with pytest.raises(Conflict):
        broken(house, decided)


def test_a_question_to_the_agent_is_called_off_and_the_clock_runs_again(house: House) -> None:
    proposal = factories.pending(house)
    question = factories.asked(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    task = broken(house, proposal)
    question.refresh_from_db()
    assert (question.ending, task.status, task.resume_at) == (Ending.CALLED_OFF, TaskStatus.CLAIMED, None)
    factories.decided(task, house.adam, house.now)


def _everything(house: House, how: str) -> Proposal:
    if how == "two people":
        return factories.two_person(house)
    house.cancel_order.consequence = "critical" if how == "critical" else "low"
    house.cancel_order.reversibility = "irreversible" if how == "irreversible" else "reversible"
    house.cancel_order.save()
    return factories.pending(house)


@pytest.mark.parametrize("how", ["two people", "critical", "irreversible"])
def test_what_one_person_may_not_let_happen_can_only_be_rejected(house: House, how: str) -> None:
    proposal = _everything(house, how)
    task = broken(house, proposal)
    with pytest.raises(Invalid, match="not let happen by one"):
        factories.decided(task, house.adam, house.now)
    factories.decided(task, house.adam, house.now, Verb.REJECT)
    settling.settle_due(now=house.now + MINUTE)
    proposal.refresh_from_db()
    assert proposal.status == Status.DENIED
    assert not Grant.objects.exists()


@pytest.mark.parametrize("how", ["two people", "critical", "irreversible"])
def test_the_database_refuses_it_too(house: House, how: str) -> None:
    proposal = _everything(house, how)
    task = broken(house, proposal)
    with pytest.raises(DatabaseError, match="only lets happen what one person may"), transaction.atomic():
        _written(task, house, Emergency.objects.get())


def test_the_database_knows_whose_emergency_it_is(house: House) -> None:
    other = broken(house, factories.pending(house))
    task = factories.pending(house).task
    with pytest.raises(DatabaseError, match="one task and one person"), transaction.atomic():
        _written(task, house, Emergency.objects.get(task=other))


def _written(task: Task, house: House, emergency: Emergency) -> Decision:
    """An approval written past every verb."""
    proposal = task.proposal
    return Decision.objects.create(
        task=task,
        round=1,
        role="first",
        by=house.adam,
        verb="approve",
        action_name=proposal.action_type.name,
        args=proposal.args,
        args_sha256=proposal.args_sha256,
        seen_sha256=proposal.args_sha256,
        emergency=emergency,
        claimed_at=house.now,
        decided_at=house.now,
    )


def test_a_rejection_after_a_first_approval_says_that_it_was_not_blind(house: House) -> None:
    proposal = factories.two_person(house)
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    settling.settle_due(now=house.now + MINUTE)
    decision = factories.decided(broken(house, proposal), house.adam, house.now + MINUTE, Verb.REJECT)
    assert (decision.role, decision.was_blind) == ("second", False)


def test_taken_back_it_is_still_an_emergency_and_given_back_it_is_none(house: House) -> None:
    proposal = factories.pending(house)
    factories.decided(broken(house, proposal), house.adam, house.now)
    task = deciding.undo(task_id=proposal.task.pk, by=house.adam, now=house.now)
    assert task.is_emergency
    assert claiming.renew(task_id=task.pk, by=house.adam, lease_token=task.lease_token, now=house.now)
    returning.release(task_id=task.pk, by=house.adam, now=house.now)
    again = factories.claimed(proposal, house.alice, house.now)
    assert breaking.emergency_of(again) is None
    factories.decided(again, house.alice, house.now)
    settling.settle_due(now=house.now + MINUTE)
    assert LedgerEntry.objects.get(is_counted=True).decided_by == "Alice"


def _copy(house: House, original: Proposal, purpose: Purpose) -> Proposal:
    order(original=original, purpose=purpose, excluded=[], now=house.now)
    examining.open_ordered(now=house.now)
    copy = Examination.objects.get(purpose=purpose, copy__isnull=False).copy
    assert copy is not None
    return copy


def _decided_on(house: House, copy: Proposal, verb: Verb = Verb.APPROVE, **choice: Any) -> None:
    factories.decided(broken(house, copy), house.adam, house.now, verb, **choice)
    settling.settle_due(now=house.now + MINUTE)


def test_on_a_blind_copy_it_proves_nothing_and_somebody_else_looks(house: House) -> None:
    original = factories.proposal_at(house, Status.RECORDED)
    _decided_on(house, _copy(house, original, Purpose.BLIND))
    assert LedgerEntry.objects.get().not_counted_because == "break_glass"
    again = Examination.objects.get(purpose=Purpose.BLIND, concluded_at__isnull=True)
    assert again.excluded == [house.adam.pk]
    assert not Grant.objects.exists()


def test_on_a_known_case_it_measures_nobody_and_grants_nothing(house: House) -> None:
    original = factories.settled(house, Verb.REJECT)
    keep_confirmed(proposal=original, overrides=original.task.decisions.all(), now=house.now)
    _decided_on(house, _copy(house, original, Purpose.REPLAY))
    assert not GoldAnswer.objects.exists()
    assert not Seed.objects.exists()
    assert not Grant.objects.exists()
