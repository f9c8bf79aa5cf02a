"""Moving a task nobody has answered: who may, what changes, what stays, and what it leaves behind."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts import rights
from apps.accounts.models import Absence, User
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.audit.models import Event
from apps.reviews import claiming, hurrying, moving, policies, ranking, returning, settling
from apps.reviews.models import Queue, QueueVisit, Task
from apps.reviews.queries import eligible_people
from apps.reviews.states import TaskStatus
from tests import factories
from tests.factories import House
from tests.reviews.test_people_and_tasks import task_at

MOVES = {
    "widen": lambda house: {"queue": house.queues["senior"]},
    "reassign": lambda house: {"queue": house.queues["senior"]},
    "raise_tier": lambda house: {},
    "require_second": lambda house: {},
    "hurry": lambda house: {},
}


DELETE = {"name": "delete_record", "args": {"order_id": "#W9", "reason": "ordered by mistake"}}


@pytest.fixture
def carol(house: House) -> User:
    """A reviewer of the queue `senior` alone."""
    person = factories.UserFactory(short="carol")
    rights.give(role=Role.REVIEWER, to=person, on=house.queues["senior"], by=None, now=house.now)
    return person


def move(verb: str, task: Task, house: House, by: User | None = None) -> bool:
    return getattr(moving, verb)(task_id=task.pk, now=house.now, by=by, **MOVES[verb](house))


def visits(task: Task) -> list[tuple[str, str, bool, str]]:
    rows = QueueVisit.objects.filter(task=task).select_related("queue").order_by("pk")
    return [(row.queue.slug, row.came, row.left_at is not None, row.why_left) for row in rows]


@pytest.mark.parametrize("status", list(TaskStatus))
@pytest.mark.parametrize("verb", MOVES)
def test_only_what_is_not_answered_moves_and_only_once(house: House, verb: str, status: TaskStatus) -> None:
    task = task_at(house, status)
    movable = {TaskStatus.OPEN, TaskStatus.CLAIMED} | ({TaskStatus.ASKED} if verb != "reassign" else set())
    if status not in movable:
        with pytest.raises(NotAllowed, match=r"waits for the agent|cannot be moved"):
            move(verb, task, house)
        return
    assert move(verb, task, house) is True
    assert move(verb, task, house) is (verb == "raise_tier")


@pytest.mark.parametrize("verb", MOVES)
@pytest.mark.parametrize("person", ["alice", "olga", "adam", "charlie", "tina", "lead"])
def test_leads_and_admins_move_tasks_and_reviewers_call_for_help(
    house: House, verb: str, person: str
) -> None:
    task = task_at(house, TaskStatus.OPEN)
    lead = factories.UserFactory(short="lead")
    rights.give(role=Role.LEAD, to=lead, on=task.queue, by=None, now=house.now)
    by = lead if person == "lead" else getattr(house, person)
    may = person in (("alice", "lead") if verb == "hurry" else ("adam", "lead"))
    if may:
        assert move(verb, task, house, by) is True
    else:
        with pytest.raises(NotAllowed):
            move(verb, task, house, by)


def test_a_widened_task_is_for_the_people_of_both_queues(house: House, carol: User) -> None:
    task = task_at(house, TaskStatus.OPEN)
    with pytest.raises(NotAllowed, match="not a reviewer"):
        claiming.claim(task_id=task.pk, by=carol, now=house.now)
    with pytest.raises(NotAllowed):
        policies.check_see(task, by=carol)
    assert eligible_people(task, house.now) == [house.alice, house.bob]
    move("widen", task, house)
    task.refresh_from_db()
    policies.check_see(task, by=carol)
    assert eligible_people(task, house.now) == [house.alice, house.bob, carol]
    assert (task.queue, task.also_in) == (house.queues["standard"], [house.queues["senior"].pk])
    assert claiming.claim(task_id=task.pk, by=carol, now=house.now).claimed_by == carol
    assert visits(task) == [("standard", "opened", False, ""), ("senior", "widened", False, "")]


def test_whoever_leads_a_queue_a_task_is_offered_in_may_return_it(house: House) -> None:
    rights.give(role=Role.LEAD, to=house.petra, on=house.queues["senior"], by=None, now=house.now)
    task = task_at(house, TaskStatus.CLAIMED)
    with pytest.raises(NotAllowed, match="holder or a lead"):
        returning.release(task_id=task.pk, by=house.petra, now=house.now)
    move("widen", task, house)
    assert returning.release(task_id=task.pk, by=house.petra, now=house.now).status == TaskStatus.OPEN


def test_the_next_task_may_be_one_of_another_queue_that_is_offered_here(house: House, carol: User) -> None:
    later = factories.pending(house, subject=None)
    first = factories.pending(house, now=house.now - timedelta(hours=1), subject=None)
    assert claiming.claim_next(by=carol, now=house.now) is None
    for proposal in (later, first):
        moving.widen(task_id=proposal.task.pk, queue=house.queues["senior"], now=house.now)
        moving.widen(task_id=proposal.task.pk, queue=house.queues["critical"], now=house.now)
    own = factories.pending(house, action=DELETE, now=house.now - timedelta(days=9))
    got = []
    while len(got) < 3 and (task := claiming.claim_next(by=carol, now=house.now)) is not None:
        got.append(task.proposal_id)
    assert got == [own.pk, first.pk, later.pk]


def test_widening_does_not_disturb_whoever_is_deciding(house: House) -> None:
    task = task_at(house, TaskStatus.CLAIMED)
    move("widen", task, house)
    move("raise_tier", task, house)
    assert factories.decided(task, house.alice, house.now).by == house.alice


def test_a_second_person_required_while_one_decides_is_seen_before_deciding(house: House) -> None:
    task = task_at(house, TaskStatus.CLAIMED)
    move("require_second", task, house)
    with pytest.raises(Exception, match="changed since you opened it"):
        factories.decided(task, house.alice, house.now)
    task.refresh_from_db()
    factories.decided(task, house.alice, house.now)
    settling.settle_due(now=house.now + timedelta(minutes=1))
    task.refresh_from_db()
    assert (task.status, task.quorum) == (TaskStatus.OPEN, 2)


def test_reassigning_takes_the_task_away_and_keeps_its_due_time(
    house: House, carol: User, mailoutbox: list[object]
) -> None:
    task = task_at(house, TaskStatus.CLAIMED)
    before = Task.objects.get(pk=task.pk)
    move("widen", task, house)
    move("reassign", task, house)
    task.refresh_from_db()
    assert (task.status, task.claimed_by, task.queue.slug, task.also_in) == ("open", None, "senior", [])
    assert (task.due_at, task.claim_due_at) == (before.due_at, before.claim_due_at)
    assert task.rank_at == ranking.rank_at(next_due_at=task.due_at, tier=task.tier)
    assert visits(task) == [("standard", "opened", True, "reassigned"), ("senior", "widened", False, "")]
    assert claiming.claim(task_id=task.pk, by=carol, now=house.now).claimed_by == carol
    with pytest.raises(Exception, match="hold"):
        factories.decided(before, house.alice, house.now)


def test_a_task_that_comes_back_visits_again(house: House) -> None:
    task = task_at(house, TaskStatus.OPEN)
    move("reassign", task, house)
    moving.reassign(task_id=task.pk, queue=house.queues["standard"], now=house.now)
    assert visits(task) == [
        ("standard", "opened", True, "reassigned"),
        ("senior", "reassigned", True, "reassigned"),
        ("standard", "reassigned", False, ""),
    ]


@pytest.mark.parametrize("end", [TaskStatus.DONE, TaskStatus.CANCELLED])
def test_closing_a_task_ends_its_visits_however_it_is_closed(house: House, end: TaskStatus) -> None:
    task = task_at(house, end)
    assert visits(task) == [("standard", "opened", True, end.value)]
    visit = task.visits.get()
    assert visit.left_at == task.closed_at
    assert visit.due_at == task.due_at


def test_a_task_is_in_a_queue_once_at_a_time(house: House) -> None:
    task = task_at(house, TaskStatus.OPEN)
    visit = task.visits.get()
    visit.pk = None
    with pytest.raises(IntegrityError, match="visit_live_once"), transaction.atomic():
        visit.save(force_insert=True)


def test_a_higher_tier_goes_first_and_there_is_a_highest(house: House) -> None:
    first = factories.pending(house)
    second = factories.pending(house)
    assert move("raise_tier", second.task, house)
    taken = claiming.claim_next(by=house.alice, now=house.now)
    assert taken is not None
    assert taken.proposal_id == second.pk
    while move("raise_tier", first.task, house):
        pass
    assert Task.objects.get(proposal=first).tier == ranking.HIGHEST_TIER


def test_the_second_skip_hurries_the_chain_once_until_it_has_moved(house: House) -> None:
    third = factories.UserFactory(short="third")
    house.team.user_set.add(third)
    proposal = factories.pending(house)
    for person, hurried in ((house.alice, False), (house.bob, True)):
        task = factories.claimed(proposal, person, house.now)
        returning.skip(task_id=task.pk, by=person, reason="not my field", now=house.now)
        assert (Task.objects.get(pk=task.pk).hurried_at is not None) is hurried
    assert moving.hurry(task_id=task.pk, now=house.now) is False
    assert hurrying.answer_hurry(task_id=task.pk) is True
    assert hurrying.answer_hurry(task_id=task.pk) is False
    task = factories.claimed(proposal, third, house.now)
    returning.skip(task_id=task.pk, by=third, reason="nor mine", now=house.now)
    assert Task.objects.get(pk=task.pk).hurried_at == house.now
    assert Event.objects.filter(verb="task.hurried", proposal_id=proposal.pk).count() == 2


def test_a_skip_that_leaves_nobody_hurries_at_once(house: House) -> None:
    Absence.objects.create(
        user=house.bob, starts_at=house.now - timedelta(days=1), ends_at=house.now + timedelta(days=1)
    )
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    returning.skip(task_id=task.pk, by=house.alice, reason="not my field", now=house.now)
    assert Task.objects.get(pk=task.pk).hurried_at == house.now


def test_a_lead_may_take_what_the_lead_skipped_but_never_an_own_decision_or_agent(house: House) -> None:
    rights.give(role=Role.LEAD, to=house.alice, on=house.queues["standard"], by=None, now=house.now)
    proposal = factories.pending(house)
    for person in (house.alice, house.bob):
        task = factories.claimed(proposal, person, house.now)
        returning.skip(task_id=task.pk, by=person, reason="not my field", now=house.now)
    assert claiming.claim_next(by=house.alice, now=house.now) is None
    assert eligible_people(Task.objects.get(pk=task.pk), house.now) == [house.alice]
    assert claiming.claim(task_id=task.pk, by=house.alice, now=house.now).claimed_by == house.alice
    task.refresh_from_db()
    factories.decided(task, house.alice, house.now)
    task.refresh_from_db()
    check = partial(policies.check_fits, task, queues=policies.queue_ids(house.alice))
    with pytest.raises(NotAllowed, match="decided on this proposal before"):
        check(by=house.alice)
    task.deciders, task.agent_owner_id = [], house.alice.pk
    with pytest.raises(NotAllowed, match="own the agent"):
        check(by=house.alice)


def test_eligible_people_are_present_active_and_not_excluded(house: House) -> None:
    house.tina.groups.add(house.team)
    task = task_at(house, TaskStatus.OPEN)
    assert eligible_people(task, house.now) == [house.alice, house.bob]
    house.bob.is_active = False
    house.bob.save()
    Absence.objects.create(
        user=house.alice, starts_at=house.now - timedelta(days=1), ends_at=house.now + timedelta(days=1)
    )
    assert eligible_people(task, house.now) == []
    assert eligible_people(task, house.now + timedelta(days=2)) == [house.alice]


def test_finding_widened_tasks_reads_their_own_index(house: House) -> None:
    """The claim's cost must not grow with tasks that are not widened, or with those decided long ago."""
    task = task_at(house, TaskStatus.OPEN)
    move("widen", task, house)
    rows = Task.objects.filter(status=TaskStatus.OPEN).exclude(also_in=[]).order_by("rank_at")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "task_widened" in rows.explain()
    assert [row.pk for row in rows] == [task.pk]


def test_a_queue_that_anything_points_to_is_not_deleted(house: House) -> None:
    queue = house.queues["senior"]
    with pytest.raises(Exception, match="protected foreign keys"):
        queue.delete()
    bare = Queue.objects.create(slug="bare", name="Bare", calendar=queue.calendar, created_at=house.now)
    factories.publish_matrix(house.now, queue="bare")
    with pytest.raises(Exception, match="names the queue bare"), transaction.atomic():
        bare.delete()
    Queue.objects.create(slug="new", name="New", calendar=queue.calendar, created_at=house.now).delete()


def test_a_team_that_holds_a_right_or_reviews_a_workflow_is_not_deleted(house: House) -> None:
    with pytest.raises(Exception, match="protected foreign keys"):
        house.team.delete()
