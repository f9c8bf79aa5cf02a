"""A newer proposal takes the place of a pending one of the same agent about the same subject."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from apps.delivery.models import OutboxEvent
from apps.intake import vetoing
from apps.intake.actions import submit
from apps.intake.requests import Accepted, Answered, Refused
from apps.proposals.models import Grant, Proposal
from apps.proposals.states import Status, Substatus
from apps.reviews import settling
from apps.reviews.states import TaskStatus
from apps.trust.models import LedgerEntry
from tests import factories
from tests.factories import House
from tests.together import at_once
from tests.trust import earning

MINUTE = timedelta(minutes=1)


@pytest.fixture
def earlier(house: House) -> Proposal:
    """Waits in its queue."""
    return factories.pending(house)


def replacing(house: House, earlier: Proposal, **changes: Any) -> Answered:
    """Another one about the same order, in the place of `earlier`."""
    return factories.send(house, supersedes=earlier.external_id, summary="Cancel it all the same", **changes)


def accepted(answer: Answered) -> Proposal:
    assert isinstance(answer, Accepted), answer
    return Proposal.objects.get(pk=answer.resource["id"])


def refused(answer: Answered) -> Refused:
    assert isinstance(answer, Refused), answer
    assert answer.errors[0]["loc"] == ["supersedes"]
    return answer


def test_the_earlier_one_ends_with_its_task_when_the_newer_is_stored(house: House, earlier: Proposal) -> None:
    newer = accepted(replacing(house, earlier))
    earlier.refresh_from_db()
    assert (earlier.status, earlier.substatus) == (Status.CANCELLED, Substatus.SUPERSEDED)
    assert earlier.task.status == TaskStatus.CANCELLED
    assert (newer.supersedes, newer.task.status) == (earlier, TaskStatus.OPEN)
    entry = LedgerEntry.objects.get(proposal_id=earlier.pk)
    assert (entry.is_counted, entry.not_counted_because, entry.wrong) == (False, "superseded", None)
    assert OutboxEvent.objects.filter(type="reviewhub.proposal.withdrawn.v1", subject_id=earlier.pk).exists()


def test_what_a_person_had_decided_on_it_takes_no_effect_and_counts_for_nothing(
    house: House, earlier: Proposal
) -> None:
    factories.decided(factories.claimed(earlier, house.alice, house.now), house.alice, house.now)
    replacing(house, earlier)
    settling.settle_due(now=house.now + MINUTE)
    reasons = LedgerEntry.objects.filter(proposal_id=earlier.pk).values_list(
        "source_kind", "not_counted_because"
    )
    assert sorted(reasons) == [("decision", "superseded"), ("ending", "superseded")]
    assert not Grant.objects.exists()
    assert sum(earning.standing(earlier.slice).n) == 0


def test_the_two_are_not_in_conflict_but_a_third_about_the_subject_is(
    house: House, earlier: Proposal
) -> None:
    def conflicts(proposal: Proposal) -> list[int]:
        reasons = proposal.assessment.reasons
        return [one["figures"]["count"] for one in reasons if one["code"] == "open_on_subject"]

    newer = accepted(replacing(house, earlier))
    assert conflicts(newer) == []
    assert conflicts(factories.pending(house)) == [1]


@pytest.mark.parametrize("status", [Status.APPROVED, Status.DENIED, Status.CANCELLED, Status.RECORDED])
def test_what_has_ended_is_not_replaced(house: House, status: Status) -> None:
    ended = factories.proposal_at(house, status)
    answer = refused(replacing(house, ended, workflow=ended.workflow.slug))
    assert (answer.status_code, answer.problem) == (409, "wrong-status")
    assert not Proposal.objects.filter(supersedes=ended).exists()


def test_only_ones_own_proposal_about_the_same_subject_is_replaced(house: House, earlier: Proposal) -> None:
    about_another = refused(replacing(house, earlier, subject={"kind": "order", "id": "#W2"}))
    nobodys = refused(factories.send(house, supersedes="call-unknown"))
    assert about_another.status_code == nobodys.status_code == 422
    stranger = factories.AgentFactory(owner=house.tina)
    factories.AgentGrant.objects.create(agent=stranger, workflow=house.workflow)
    body = factories.proposal_body(supersedes=earlier.external_id)
    (answer,) = submit(agent=stranger, submissions=[factories.submission(body)], now=house.now)
    refused(answer)
    earlier.refresh_from_db()
    assert earlier.status == Status.PENDING


def test_one_is_replaced_by_one_also_within_a_batch(house: House, earlier: Proposal) -> None:
    bodies = [factories.proposal_body(supersedes=earlier.external_id) for _number in range(2)]
    first, second = submit(
        agent=house.agent, submissions=[factories.submission(body) for body in bodies], now=house.now
    )
    accepted(first)
    assert refused(second).status_code == 422


def test_a_newer_one_that_is_refused_leaves_the_earlier_where_it_was(house: House, earlier: Proposal) -> None:
    answer = replacing(house, earlier, action={"name": "cancel_order", "args": {}})
    assert isinstance(answer, Refused)
    earlier.refresh_from_db()
    assert (earlier.status, earlier.task.status) == (Status.PENDING, TaskStatus.OPEN)


def test_the_same_request_twice_has_the_effect_of_one(house: House, earlier: Proposal) -> None:
    sent = factories.submission(factories.proposal_body(supersedes=earlier.external_id))
    first, again = (submit(agent=house.agent, submissions=[sent], now=house.now)[0] for _time in range(2))
    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert (first.resource, again.is_replay) == (again.resource, True)


def test_what_was_about_to_act_does_not_when_it_was_replaced(house: House, monkeypatch: Any) -> None:
    monkeypatch.setattr("apps.intake.placing.toss", lambda slice_id, proposal_id: 0.99)
    earning.supervised(house)
    factories.pending(house, confidence=0.99, subject=None)
    acting = factories.pending(house, confidence=0.99, subject=None, summary="about to act")
    assert acting.substatus == Substatus.VETO_WINDOW
    accepted(replacing(house, acting, subject=None, confidence=0.6))
    assert vetoing.close_windows(now=house.now + timedelta(hours=1)) == 0
    acting.refresh_from_db()
    assert (acting.status, acting.substatus) == (Status.CANCELLED, Substatus.SUPERSEDED)


def test_the_database_lets_nothing_be_replaced_twice_nor_what_is_open_be_called_replaced(
    house: House, earlier: Proposal
) -> None:
    replacing(house, earlier)
    other = factories.pending(house)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Proposal.objects.filter(pk=other.pk).update(supersedes=earlier)
    with pytest.raises(DatabaseError, match="superseded_is_cancelled"), transaction.atomic():
        Proposal.objects.filter(pk=other.pk).update(substatus=Substatus.SUPERSEDED)


def test_of_several_at_once_one_takes_its_place(live_house: House) -> None:
    earlier = factories.pending(live_house)
    answers = at_once([partial(replacing, live_house, earlier)] * 4)
    assert sorted(type(answer).__name__ for answer in answers) == ["Accepted", *["Refused"] * 3]
    assert Proposal.objects.filter(status=Status.PENDING).get().supersedes == earlier


def test_a_replacement_and_a_decision_at_once_leave_one_of_them(live_house: House) -> None:
    earlier = factories.pending(live_house)
    now = live_house.now
    factories.decided(factories.claimed(earlier, live_house.alice, now), live_house.alice, now)
    at_once([partial(settling.settle_due, now=now + MINUTE), partial(replacing, live_house, earlier)])
    earlier.refresh_from_db()
    was_replaced = Proposal.objects.filter(supersedes=earlier).exists()
    assert earlier.status == (Status.CANCELLED if was_replaced else Status.APPROVED)
    assert Grant.objects.filter(proposal=earlier).exists() != was_replaced
