"""State x person: who may do what with a task in each state."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import Absence, User
from apps.accounts.policies import NotAllowed
from apps.intake import endings
from apps.reviews import breaking, choosing, claiming, deciding, picking, returning, settling
from apps.reviews.choosing import Conflict
from apps.reviews.claiming import Taken
from apps.reviews.models import Task
from apps.reviews.offering import NOTHING
from apps.reviews.picking import Picked
from apps.reviews.states import MOVES, TaskStatus
from apps.routing.states import BlindFirst, Verb
from tests import factories
from tests.factories import House

REVIEWERS = ("alice", "bob")
OTHERS = ("olga", "adam", "charlie", "tina", "gina")


def task_at(house: House, status: TaskStatus) -> Task:
    """A task that Alice brought to `status`."""
    proposal = factories.pending(house)
    if status is not TaskStatus.OPEN:
        task = factories.claimed(proposal, house.alice, house.now)
        if status is TaskStatus.ASKED:
            factories.asked(task, house.alice, house.now)
        if status in (TaskStatus.DECIDED, TaskStatus.DONE):
            factories.decided(task, house.alice, house.now)
        if status is TaskStatus.DONE:
            settling.settle_due(now=house.now + timedelta(minutes=1))
        if status is TaskStatus.CANCELLED:
            endings.withdraw(proposal_id=proposal.pk, by=house.agent, reason="-", now=house.now)
    return Task.objects.get(proposal=proposal)


def outcome(act: Callable[[], Any]) -> str:
    try:
        act()
    except NotAllowed:
        return "not allowed"
    except (Conflict, Taken):
        return "conflict"
    return "done"


@pytest.mark.parametrize("status", list(TaskStatus))
@pytest.mark.parametrize("person", REVIEWERS + OTHERS)
def test_claim(house: House, status: TaskStatus, person: str) -> None:
    task = task_at(house, status)
    by: User = getattr(house, person)
    result = outcome(lambda: claiming.claim(task_id=task.pk, by=by, now=house.now))
    if person in OTHERS or (person == "alice" and status in (TaskStatus.DECIDED, TaskStatus.DONE)):
        assert result == "not allowed"
    elif status is TaskStatus.OPEN or (status is TaskStatus.CLAIMED and person == "alice"):
        assert result == "done"
    else:
        assert result == "conflict"


@pytest.mark.parametrize("status", list(TaskStatus))
@pytest.mark.parametrize("person", REVIEWERS + OTHERS)
def test_decide_needs_the_claim_and_the_version_seen(house: House, status: TaskStatus, person: str) -> None:
    task = task_at(house, status)
    by: User = getattr(house, person)
    token = task.lease_token or task.pk
    choice = choosing.Choice(verb=Verb.APPROVE, seen_sha256=task.proposal.args_sha256)
    result = outcome(
        lambda: deciding.decide(
            task_id=task.pk, by=by, choice=choice, lease_token=token, version=task.version, now=house.now
        )
    )
    assert result == ("done" if status is TaskStatus.CLAIMED and person == "alice" else "conflict")


@pytest.mark.parametrize("status", list(TaskStatus))
@pytest.mark.parametrize("person", REVIEWERS + OTHERS)
def test_pick_needs_the_claim_and_the_version_seen(house: House, status: TaskStatus, person: str) -> None:
    factories.publish_matrix(house.now, blind_first=[BlindFirst.REVIEWS.value])
    task = task_at(house, status)
    by: User = getattr(house, person)
    result = outcome(
        lambda: picking.pick(
            task_id=task.pk,
            by=by,
            picked=Picked(NOTHING),
            lease_token=task.lease_token or task.pk,
            version=task.version,
            now=house.now,
        )
    )
    assert result == ("done" if status is TaskStatus.CLAIMED and person == "alice" else "conflict")


@pytest.mark.parametrize("status", list(TaskStatus))
@pytest.mark.parametrize("person", REVIEWERS + OTHERS)
def test_release(house: House, status: TaskStatus, person: str) -> None:
    task = task_at(house, status)
    by: User = getattr(house, person)
    result = outcome(lambda: returning.release(task_id=task.pk, by=by, now=house.now))
    assert result == ("done" if status is TaskStatus.CLAIMED and person == "alice" else "not allowed")


@pytest.mark.parametrize("status", list(TaskStatus))
@pytest.mark.parametrize("person", REVIEWERS + OTHERS)
def test_undo_is_for_the_person_who_decided(house: House, status: TaskStatus, person: str) -> None:
    task = task_at(house, status)
    by: User = getattr(house, person)
    result = outcome(lambda: deciding.undo(task_id=task.pk, by=by, now=house.now))
    if status is not TaskStatus.DECIDED:
        assert result == "conflict"
    else:
        assert result == ("done" if person == "alice" else "not allowed")


def test_the_owner_of_the_agent_may_not_decide_even_as_a_reviewer(house: House) -> None:
    house.tina.groups.add(house.team)
    proposal = factories.pending(house)
    with pytest.raises(NotAllowed, match="own the agent"):
        claiming.claim(task_id=proposal.task.pk, by=house.tina, now=house.now)
    assert claiming.claim_next(by=house.tina, now=house.now) is None


def test_a_person_who_is_away_gets_no_work(house: House) -> None:
    factories.pending(house)
    Absence.objects.create(
        user=house.alice, starts_at=house.now - timedelta(days=1), ends_at=house.now + timedelta(days=1)
    )
    with pytest.raises(NotAllowed, match="away"):
        claiming.claim_next(by=house.alice, now=house.now)


def test_a_person_holds_at_most_three_tasks(house: House) -> None:
    for _number in range(4):
        factories.pending(house, subject=None)
    for _number in range(3):
        assert claiming.claim_next(by=house.alice, now=house.now) is not None
    with pytest.raises(claiming.TooMany, match="3 tasks"):
        claiming.claim_next(by=house.alice, now=house.now)


def test_what_matters_more_is_claimed_first_and_a_skipped_task_goes_to_others(house: House) -> None:
    factories.pending(house)
    urgent = factories.two_person(house, subject=None)
    task = claiming.claim_next(by=house.alice, now=house.now)
    assert task is not None
    assert task.proposal_id == urgent.pk
    returning.skip(task_id=task.pk, by=house.alice, reason="not my field", now=house.now)
    with pytest.raises(NotAllowed, match="skipped"):
        claiming.claim(task_id=task.pk, by=house.alice, now=house.now)
    mine = claiming.claim_next(by=house.alice, now=house.now)
    assert mine is not None
    assert mine.proposal_id != urgent.pk
    his = claiming.claim_next(by=house.bob, now=house.now)
    assert his is not None
    assert his.proposal_id == urgent.pk


def test_a_skip_needs_a_reason(house: House) -> None:
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    with pytest.raises(NotAllowed, match="why"):
        returning.skip(task_id=task.pk, by=house.alice, reason="  ", now=house.now)


def test_a_lost_claim_comes_back_before_its_equals_and_its_holder_can_not_decide_any_more(
    house: House,
) -> None:
    proposal = factories.pending(house)
    task = factories.claimed(proposal, house.alice, house.now)
    later = house.now + timedelta(seconds=task.queue.lease_seconds)
    factories.pending(house)
    assert returning.return_lost_claims(now=later - timedelta(seconds=1)) == 0
    assert returning.return_lost_claims(now=later) == 1
    with pytest.raises(Conflict, match="do not hold"):
        factories.decided(task, house.alice, later)
    first = claiming.claim_next(by=house.bob, now=later)
    assert first is not None
    assert first.pk == task.pk


def test_renewing_keeps_a_claim_and_fails_once_it_is_lost(house: House) -> None:
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    assert task.lease_token is not None
    half = house.now + timedelta(minutes=10)
    ends_at = claiming.renew(task_id=task.pk, by=house.alice, lease_token=task.lease_token, now=half)
    assert ends_at == half + timedelta(seconds=task.queue.lease_seconds)
    returning.release(task_id=task.pk, by=house.alice, now=half)
    assert claiming.renew(task_id=task.pk, by=house.alice, lease_token=task.lease_token, now=half) is None


def test_every_move_is_known_to_the_database(house: House) -> None:
    """The trigger and the table say the same: a move the table does not have is refused even in raw SQL."""
    task = task_at(house, TaskStatus.DONE)
    allowed = {(before, move.after) for move in MOVES.values() for before in move.before}
    assert (TaskStatus.DONE, TaskStatus.OPEN) not in allowed
    with pytest.raises(Exception, match="transition"):
        Task.objects.filter(pk=task.pk).update(status=TaskStatus.OPEN, closed_at=None)


def test_a_decision_taken_back_comes_to_full_hands_and_nothing_more_does(house: House) -> None:
    for _number in range(5):
        factories.pending(house)
    task = claiming.claim_next(by=house.alice, now=house.now)
    assert task is not None
    factories.decided(task, house.alice, house.now)
    while factories.held_by(house.alice) < 3:
        claiming.claim_next(by=house.alice, now=house.now)
    back = deciding.undo(task_id=task.pk, by=house.alice, now=house.now)
    assert (back.status, back.claimed_by, factories.held_by(house.alice)) == ("claimed", house.alice, 4)
    with pytest.raises(claiming.TooMany):
        claiming.claim_next(by=house.alice, now=house.now)
    returning.release(task_id=back.pk, by=house.alice, now=house.now)
    with pytest.raises(claiming.TooMany):
        claiming.claim(task_id=back.pk, by=house.alice, now=house.now)


def test_a_page_from_before_the_decision_cannot_decide_after_it_was_taken_back(house: House) -> None:
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    before = task.lease_token
    assert before is not None
    factories.decided(task, house.alice, house.now)
    back = deciding.undo(task_id=task.pk, by=house.alice, now=house.now)
    assert back.lease_token not in (None, before)
    assert claiming.renew(task_id=task.pk, by=house.alice, lease_token=before, now=house.now) is None
    task.version = back.version
    with pytest.raises(Conflict, match="do not hold"):
        factories.decided(task, house.alice, house.now)
    assert factories.decided(back, house.alice, house.now).undone_at is None


def test_who_left_the_queue_can_not_keep_a_claim_for_ever(house: House) -> None:
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    house.team.user_set.remove(house.alice)
    assert task.lease_token is not None
    later = house.now + timedelta(minutes=5)
    assert claiming.renew(task_id=task.pk, by=house.alice, lease_token=task.lease_token, now=later) is None


@pytest.mark.parametrize("status", list(TaskStatus))
@pytest.mark.parametrize("person", REVIEWERS + OTHERS)
def test_break_the_glass(house: House, status: TaskStatus, person: str) -> None:
    task = task_at(house, status)
    by: User = getattr(house, person)
    result = outcome(lambda: breaking.break_glass(task_id=task.pk, by=by, reason="fire", now=house.now))
    if person != "adam":
        assert result == "not allowed"
    else:
        assert result == ("done" if status in MOVES["break_glass"].before else "conflict")
