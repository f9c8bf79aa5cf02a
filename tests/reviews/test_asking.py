"""Asking the agent: the clock stands still, and the task comes back; whatever happens meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from apps.accounts import rights
from apps.accounts.models import Absence, User
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.audit.models import Event
from apps.delivery.models import Notification, OutboxEvent
from apps.intake import endings
from apps.proposals.changes import WrongStatus
from apps.proposals.drafts import EvidenceDraft
from apps.proposals.models import Evidence, Proposal, Question
from apps.proposals.questions import Said
from apps.proposals.states import Ending, Provenance, Status, Substatus
from apps.reviews import asking, claiming, returning, settling
from apps.reviews.choosing import Conflict, Invalid
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus
from apps.sla.queries import decide_cycle
from tests import factories
from tests.factories import House
from tests.together import at_once

HOUR = timedelta(hours=1)
STATEMENT = EvidenceDraft(kind="record", provenance="asserted", title="Statement", content="paid on the 3rd")


@pytest.fixture
def task(house: House) -> Task:
    """A task Alice holds."""
    return factories.claimed(factories.pending(house), house.alice, house.now)


def ask(task: Task, house: House, by: User | None = None, **changes: Any) -> Question:
    assert task.lease_token is not None
    values = {"text": "Which invoice?", "within": HOUR, "lease_token": task.lease_token, "now": house.now}
    return asking.ask(task_id=task.pk, by=by or house.alice, **values | changes)


def answer(task: Task, house: House, **changes: Any) -> Question:
    now = changes.pop("now", house.now + timedelta(minutes=10))
    said = Said(**{"text": "The one of March.", "evidence": [STATEMENT]} | changes)
    return asking.answer(proposal_id=task.proposal_id, said=said, by=house.agent, now=now)


def fresh(task: Task) -> Task:
    return Task.objects.select_related("proposal").get(pk=task.pk)


def test_while_the_agent_is_asked_nobody_holds_the_task_and_its_clock_stands_still(
    house: House, task: Task
) -> None:
    due_at = task.due_at
    question = ask(task, house)
    task = fresh(task)
    assert (task.status, task.claimed_by, task.resume_at) == (TaskStatus.ASKED, None, house.now + HOUR)
    assert (task.proposal.status, task.proposal.substatus, task.proposal.due_at) == (
        Status.PENDING,
        Substatus.INFO_REQUESTED,
        None,
    )
    assert (question.text, question.by, question.answer_by) == ("Which invoice?", house.alice, task.resume_at)
    cycle = decide_cycle(task.proposal_id)
    assert cycle is not None
    assert (cycle.paused_at, cycle.resume_at, cycle.due_at) == (house.now, house.now + HOUR, due_at + HOUR)
    assert factories.held_by(house.alice) == 0
    assert claiming.claim_next(by=house.bob, now=house.now) is None
    told = OutboxEvent.objects.get(type="reviewhub.proposal.info_requested.v1")
    assert (told.subject_id, told.data["substatus"]) == (task.proposal_id, "info_requested")
    assert Event.objects.filter(verb="proposal.info_requested", data__question="Which invoice?").exists()


def test_the_answer_brings_evidence_and_gives_the_task_back_with_the_time_that_was_left(
    house: House, task: Task
) -> None:
    due_at, token = task.due_at, task.lease_token
    ask(task, house)
    question = answer(task, house)
    task = fresh(task)
    later = house.now + timedelta(minutes=10)
    assert (task.status, task.claimed_by, task.resume_at) == (TaskStatus.CLAIMED, house.alice, None)
    assert task.lease_token != token
    assert task.lease_expires_at == later + timedelta(seconds=task.queue.lease_seconds)
    assert task.due_at == due_at + timedelta(minutes=10)
    assert (task.proposal.substatus, task.proposal.due_at) == (Substatus.CLAIMED, task.due_at)
    assert (question.ending, question.answer) == (Ending.ANSWERED, "The one of March.")
    first, added = Evidence.objects.filter(proposal=task.proposal).order_by("position")
    assert (first.question, added.question) == (None, question)
    assert (added.position, added.provenance, added.content) == (2, Provenance.ASSERTED, "paid on the 3rd")
    note = Notification.objects.get(person=house.alice)
    assert (note.kind, note.link) == ("answered", f"/tasks/{task.pk}/")
    factories.decided(task, house.alice, later)


@pytest.mark.parametrize("why", ["away", "full", "shut out", "not in the queue any more"])
def test_a_person_who_is_not_there_or_has_no_room_leaves_it_to_the_queue_before_its_equals(
    house: House, task: Task, why: str
) -> None:
    ask(task, house)
    if why == "away":
        Absence.objects.create(user=house.alice, starts_at=house.now, ends_at=house.now + HOUR)
    elif why == "full":
        for _number in range(3):
            factories.claimed(factories.pending(house), house.alice, house.now)
    elif why == "shut out":
        User.objects.filter(pk=house.alice.pk).update(is_active=False)
    else:
        house.alice.groups.clear()
    equal = factories.claimed(factories.pending(house), house.bob, house.now)
    returning.release(task_id=equal.pk, by=house.bob, now=house.now)
    answer(task, house)
    task = fresh(task)
    assert (task.status, task.claimed_by, task.resume_at) == (TaskStatus.OPEN, None, None)
    assert task.proposal.substatus == Substatus.QUEUED
    assert task.rank_at < fresh(equal).rank_at
    notes = Notification.objects.filter(person=house.alice, kind="answered")
    assert [("hands were full" in note.text) for note in notes] == (
        [] if why == "shut out" else [why == "full"]
    )
    taken = claiming.claim_next(by=house.bob, now=house.now + timedelta(minutes=11))
    assert taken == task


def test_the_same_answer_again_has_the_effect_of_one(house: House, task: Task) -> None:
    question = ask(task, house)
    first = answer(task, house)
    version = fresh(task).version
    assert answer(task, house) == first
    assert answer(task, house, question_id=question.pk) == first
    assert fresh(task).version == version
    assert Evidence.objects.filter(question=question).count() == 1
    with pytest.raises(WrongStatus, match="No question waits"):
        answer(task, house, text="Another one.")


def test_an_answer_is_for_the_question_it_names(house: House, task: Task) -> None:
    first = ask(task, house)
    answer(task, house)
    second = ask(fresh(task), house, text="And the other?", now=house.now + timedelta(minutes=11))
    with pytest.raises(WrongStatus, match="another one waits"):
        answer(task, house, text="Late words on the first.", question_id=first.pk)
    later = answer(task, house, text="None.", question_id=second.pk, now=house.now + timedelta(minutes=12))
    assert (later, later.answer) == (second, "None.")


def test_nothing_is_taken_that_was_not_asked_for(house: House, task: Task) -> None:
    with pytest.raises(WrongStatus, match="No question waits"):
        answer(task, house)
    shadow = factories.proposal_at(house, Status.RECORDED)
    with pytest.raises(WrongStatus, match="nothing was asked"):
        asking.answer(proposal_id=shadow.pk, said=Said("-"), by=house.agent, now=house.now)


def test_only_the_holder_asks_and_only_something(house: House, task: Task) -> None:
    with pytest.raises(Conflict, match="do not hold"):
        ask(task, house, by=house.bob)
    with pytest.raises(Conflict, match="do not hold"):
        ask(task, house, lease_token=task.pk)
    with pytest.raises(Conflict, match="do not hold"):
        ask(task, house, now=task.lease_expires_at)
    with pytest.raises(Invalid, match="Write what"):
        ask(task, house, text="   ")
    with pytest.raises(Invalid, match="2000"):
        ask(task, house, text="?" * 2001)
    assert not Question.objects.exists()


def test_waiting_is_bounded_by_the_policy_however_often_one_asks(house: House, task: Task) -> None:
    question = ask(task, house, within=timedelta(days=30))
    assert question.answer_by < house.now + timedelta(days=30)
    assert asking.return_unanswered(now=question.answer_by) == 1
    with pytest.raises(Conflict, match="allows no more"):
        ask(fresh(task), house, now=question.answer_by)


def test_without_an_answer_it_comes_back_in_time_and_the_clock_runs(house: House, task: Task) -> None:
    due_at = task.due_at
    question = ask(task, house)
    assert asking.return_unanswered(now=house.now + HOUR - timedelta(seconds=1)) == 0
    assert asking.return_unanswered(now=house.now + HOUR) == 1
    task = fresh(task)
    question.refresh_from_db()
    assert (task.status, task.claimed_by, task.due_at) == (TaskStatus.CLAIMED, house.alice, due_at + HOUR)
    assert question.ending == Ending.UNANSWERED
    cycle = decide_cycle(task.proposal_id)
    assert cycle is not None
    assert (cycle.paused_at, cycle.due_at) == (None, task.due_at)
    assert Notification.objects.get(person=house.alice).kind == "unanswered"
    with pytest.raises(WrongStatus, match="No question waits"):
        answer(task, house, now=house.now + HOUR)
    assert asking.return_unanswered(now=house.now + 2 * HOUR) == 0


def test_whoever_asked_or_a_lead_can_stop_waiting(house: House, task: Task) -> None:
    ask(task, house)
    with pytest.raises(NotAllowed, match="Only the person who asked or a lead"):
        asking.call_off(task_id=task.pk, by=house.bob, now=house.now)
    asking.call_off(task_id=task.pk, by=house.alice, now=house.now)
    task = fresh(task)
    assert (task.status, task.claimed_by) == (TaskStatus.CLAIMED, house.alice)
    ask(task, house)
    rights.give(role=Role.LEAD, to=house.petra, on=task.queue, by=None, now=house.now)
    asking.call_off(task_id=task.pk, by=house.petra, now=house.now)
    task = fresh(task)
    assert (task.status, task.claimed_by) == (TaskStatus.OPEN, None)
    assert {question.ending for question in Question.objects.all()} == {Ending.CALLED_OFF}
    with pytest.raises(NotAllowed, match="No question waits"):
        asking.call_off(task_id=task.pk, by=house.alice, now=house.now)


@pytest.mark.parametrize("how", ["withdrawn", "expired"])
def test_a_proposal_that_ends_meanwhile_ends_its_question(house: House, how: str) -> None:
    expires_at = house.now + timedelta(minutes=30)
    proposal = factories.pending(house, expires_at=expires_at.isoformat())
    task = factories.claimed(proposal, house.alice, house.now)
    ask(task, house)
    if how == "withdrawn":
        endings.withdraw(proposal_id=proposal.pk, by=house.agent, reason="-", now=house.now)
    else:
        assert endings.expire_due(now=expires_at) == 1
    ended = fresh(task)
    assert (ended.status, ended.resume_at) == (TaskStatus.CANCELLED, None)
    assert Question.objects.get().ending == Ending.CLOSED
    assert asking.return_unanswered(now=house.now + 2 * HOUR) == 0
    with pytest.raises(WrongStatus, match="No question waits"):
        answer(task, house)


def test_the_second_of_two_people_may_ask_and_stays_the_second(house: House) -> None:
    proposal = factories.two_person(house)
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    later = house.now + timedelta(minutes=1)
    settling.settle_due(now=later)
    task = factories.claimed(proposal, house.bob, later)
    ask(task, house, by=house.bob, now=later)
    house.bob.groups.clear()
    answer(task, house)
    assert Proposal.objects.get(pk=proposal.pk).substatus == Substatus.SECOND_APPROVAL


def test_what_was_asked_and_answered_never_changes(house: House, task: Task) -> None:
    question = ask(task, house)
    for changes in ({"text": "Something else?"}, {"answer_by": house.now + 9 * HOUR}):
        with pytest.raises(Exception, match="question_never_changes"), transaction.atomic():
            Question.objects.filter(pk=question.pk).update(**changes)
    answer(task, house)
    with pytest.raises(Exception, match="ends_once"), transaction.atomic():
        Question.objects.filter(pk=question.pk).update(answer="Another answer.")


def test_the_database_lets_no_task_wait_for_an_agent_without_an_end(house: House, task: Task) -> None:
    ask(task, house)
    for changes in ({"resume_at": None}, {"status": TaskStatus.OPEN}):
        with pytest.raises(Exception, match="task_asked_comes_back"), transaction.atomic():
            Task.objects.filter(pk=task.pk).update(**changes)


@pytest.mark.django_db(transaction=True)
def test_answer_and_sweeper_at_the_same_moment_bring_it_back_once(live_house: House) -> None:
    house = live_house
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    ask(task, house)
    late = house.now + HOUR
    results = at_once(
        [
            lambda: answer(task, house, now=late),
            lambda: asking.return_unanswered(now=late),
            lambda: asking.return_unanswered(now=late),
        ]
    )
    task = fresh(task)
    question = Question.objects.get()
    assert (task.status, task.claimed_by) == (TaskStatus.CLAIMED, house.alice)
    assert question.ending in (Ending.ANSWERED, Ending.UNANSWERED)
    if question.ending == Ending.UNANSWERED:
        assert isinstance(results[0], WrongStatus)
    assert Event.objects.filter(verb="task.given_back").count() == 1
    assert Notification.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_answers_at_once_never_fill_hands_above_the_limit(live_house: House) -> None:
    house = live_house
    tasks = []
    for _number in range(5):
        task = factories.claimed(factories.pending(house), house.alice, house.now)
        ask(task, house)
        tasks.append(task)
    results = at_once([lambda task=task: answer(task, house) for task in tasks])
    assert all(isinstance(result, Question) for result in results)
    assert factories.held_by(house.alice) == 3
    assert Task.objects.filter(status=TaskStatus.OPEN).count() == 2


def test_a_claim_that_came_back_is_lost_like_any_other(house: House, task: Task) -> None:
    ask(task, house)
    answer(task, house)
    ends_at = fresh(task).lease_expires_at
    assert ends_at is not None
    assert returning.return_lost_claims(now=ends_at) == 1
    assert fresh(task).status == TaskStatus.OPEN


def test_who_left_the_queue_or_is_away_asks_no_more(house: House, task: Task) -> None:
    away = Absence.objects.create(
        user=house.alice, starts_at=house.now, ends_at=house.now + timedelta(days=1)
    )
    with pytest.raises(NotAllowed, match="away"):
        factories.asked(task, house.alice, house.now)
    away.delete()
    house.team.user_set.remove(house.alice)
    with pytest.raises(NotAllowed, match="not a reviewer"):
        factories.asked(task, house.alice, house.now)
    assert not Question.objects.exists()


def test_an_answer_that_comes_after_the_proposal_expired_is_refused(house: House) -> None:
    proposal = factories.pending(house, expires_at=(house.now + HOUR).isoformat())
    task = factories.claimed(proposal, house.alice, house.now)
    factories.asked(task, house.alice, house.now)
    with pytest.raises(WrongStatus, match="expired"):
        asking.answer(
            proposal_id=proposal.pk, said=Said(text="Too late."), by=house.agent, now=house.now + HOUR
        )
