"""Runs move through their chain: each step once, at its time, and until a person decides."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from apps.accounts.models import Team
from apps.delivery.models import Notification, OutboxEvent
from apps.escalation.models import EscalationRun, Incident, StepExecution
from apps.escalation.sweeping import run_due
from apps.proposals.models import Proposal
from apps.reviews import moving
from apps.reviews.models import Task
from apps.reviews.returning import release
from apps.reviews.settling import settle_due
from apps.trust.models import LedgerEntry
from tests import factories
from tests.escalation.conftest import STEPS, run_of, save
from tests.factories import House
from tests.together import at_once

At = Callable[[float], datetime]


def fired(proposal: Proposal) -> list[tuple[int, int, str]]:
    rows = StepExecution.objects.filter(run__task__proposal=proposal)
    return list(rows.values_list("step", "loop", "outcome"))


def told(proposal: Proposal) -> list[str]:
    rows = Notification.objects.filter(proposal_id=proposal.pk).order_by("id")
    return list(rows.values_list("person__short", flat=True))


def test_every_new_task_has_a_run_with_its_first_moment(staffed: House, at: At) -> None:
    run = run_of(factories.pending(staffed))
    assert (run.step, run.loop, run.due_at, run.next_at) == (0, 0, at(2), at(2))


def test_nothing_happens_before_its_time(staffed: House, at: At) -> None:
    proposal = factories.pending(staffed)
    assert run_due(now=at(1.99)) == 0
    assert fired(proposal) == []


def test_what_is_told_after_its_time_was_due(staffed: House, at: At) -> None:
    proposal = factories.pending(staffed)
    texts = Notification.objects.filter(proposal_id=proposal.pk).order_by("-id")
    run_due(now=at(2))
    assert "and is due 17 November 14:00" in texts[0].text
    run_due(now=at(4.1))
    assert "and was due 17 November 14:00" in texts[0].text


def test_a_chain_goes_its_way_and_repeats_its_end_until_a_person_decides(staffed: House, at: At) -> None:
    proposal = factories.pending(staffed)
    for hours in (2, 4, 6, 8, 9, 13, 37, 61):
        assert run_due(now=at(hours)) == 1, hours
        assert run_due(now=at(hours)) == 0, hours
    assert fired(proposal) == [
        (0, 0, "done"),
        (1, 0, "done"),
        (2, 0, "done"),
        (3, 0, "done"),
        (3, 1, "done"),
        (3, 2, "done"),
        (3, 3, "done"),
        (3, 4, "done"),
    ]
    assert told(proposal)[:4] == ["bob", "petra", "olga", "adam"] or set(told(proposal)[2:4]) == {
        "olga",
        "adam",
    }
    person = staffed.alice
    factories.decided(factories.claimed(proposal, person, at(62)), person, at(62))
    settle_due(now=at(63))
    assert run_due(now=at(90)) == 1
    run = run_of(proposal)
    assert (run.ended_because, run.next_at) == ("decided", None)
    assert run_due(now=at(900)) == 0


def test_the_agent_hears_of_it_once_a_step(staffed: House, at: At) -> None:
    proposal = factories.pending(staffed)
    for hours in (2, 4, 6, 8, 9, 13):
        run_due(now=at(hours))
    rows = OutboxEvent.objects.filter(type="reviewhub.proposal.escalated.v1", subject_id=proposal.pk)
    assert rows.count() == 3
    proposal.refresh_from_db()
    assert proposal.substatus == "escalated"


def test_a_claim_holds_the_chain_and_losing_it_resumes_the_same_step(staffed: House, at: At) -> None:
    proposal = factories.pending(staffed)
    task = factories.claimed(proposal, staffed.alice, at(1.9))
    run_due(now=at(2))
    assert fired(proposal) == []
    assert run_of(proposal).waiting == "claim"
    release(task_id=task.pk, by=staffed.alice, now=at(2) + timedelta(seconds=10))
    run_due(now=at(2) + timedelta(minutes=2))
    assert fired(proposal) == [(0, 0, "done")]
    assert run_of(proposal).waiting == ""


def test_after_the_target_is_missed_a_claim_holds_nothing(staffed: House, at: At) -> None:
    proposal = factories.pending(staffed)
    run_due(now=at(2))
    factories.claimed(proposal, staffed.alice, at(3.9))
    run_due(now=at(4))
    assert fired(proposal) == [(0, 0, "done")]
    run_due(now=at(4) + timedelta(seconds=2))
    assert fired(proposal) == [(0, 0, "done"), (1, 0, "done")]


def test_after_an_outage_messages_that_were_overtaken_are_skipped_and_the_fallback_is_not(
    staffed: House, at: At
) -> None:
    proposal = factories.pending(staffed)
    run_due(now=at(30))
    assert fired(proposal) == [(0, 0, "skipped"), (1, 0, "skipped"), (2, 0, "done"), (3, 0, "done")]
    assert set(told(proposal)) == {"olga", "adam"}
    assert run_of(proposal).next_at == at(31)


def test_a_hurried_task_takes_its_next_step_now_and_only_that(staffed: House, at: At) -> None:
    proposal = factories.pending(staffed)
    moving.hurry(task_id=proposal.task.pk, now=at(0.5), reason="two skips")
    assert run_due(now=at(0.5)) == 1
    assert run_due(now=at(0.5)) == 0
    assert fired(proposal) == [(0, 0, "done")]
    assert StepExecution.objects.get().because == "hurried"
    assert Task.objects.get(pk=proposal.task.pk).hurried_at is None
    assert run_of(proposal).next_at == at(4)


def test_steps_move_the_task(staffed: House, at: At) -> None:
    save(
        staffed,
        [
            {"after": "10%", "do": "widen", "to": ["queue:senior"]},
            {"after": "20%", "do": "raise_tier"},
            {"after": "30%", "do": "require_second"},
            {"after": "40%", "do": "reassign", "to": ["queue:critical"]},
            {"after": "100%", "do": "notify", "to": ["office:admin", "role:business_owner"]},
        ],
    )
    proposal = factories.pending(staffed)
    tier = proposal.task.tier
    for hours in (0.4, 0.8, 1.2, 1.6):
        run_due(now=at(hours))
    task = Task.objects.get(proposal=proposal)
    assert (task.queue.slug, task.tier, task.quorum) == ("critical", tier + 1, 2)
    assert [outcome for _step, _loop, outcome in fired(proposal)] == ["done"] * 4


@pytest.mark.parametrize("fallback", ["hold", "reject"])
def test_the_fallback_holds_or_rejects_and_is_no_evidence(staffed: House, at: At, fallback: str) -> None:
    factories.publish_matrix(staffed.now, fallback=fallback)
    proposal = factories.pending(staffed)
    for hours in (2, 4, 6):
        run_due(now=at(hours))
    proposal.refresh_from_db()
    run = run_of(proposal)
    assert run.fallback_at == at(6)
    if fallback == "hold":
        assert proposal.status == "pending"
        assert run.ended_at is None
        return
    assert proposal.status == "denied"
    assert proposal.resolution.decided_by_type == "fallback"
    assert run.ended_because == "fallback"
    entry = LedgerEntry.objects.get(proposal_id=proposal.pk)
    assert (entry.is_counted, entry.not_counted_because) == (False, "fallback")


def test_neither_haste_nor_empty_steps_reject_before_the_time_is_over(staffed: House, at: At) -> None:
    factories.publish_matrix(staffed.now, fallback="reject")
    Team.objects.create(slug="nobody", name="Nobody")
    save(staffed, [*STEPS[:1], {**STEPS[1], "to": ["team:nobody"]}, *STEPS[2:]], allows_gaps=True)
    proposal = factories.pending(staffed)
    for minutes in (10, 20, 30, 40):
        moving.hurry(task_id=proposal.task.pk, now=at(minutes / 60), reason="again")
        run_due(now=at(minutes / 60))
    assert fired(proposal) == [(0, 0, "done"), (1, 0, "nobody")]
    assert Proposal.objects.get(pk=proposal.pk).status == "pending"
    assert run_of(proposal).next_at == at(6)
    run_due(now=at(6))
    assert fired(proposal)[-1] == (2, 0, "done")
    assert Proposal.objects.get(pk=proposal.pk).status == "denied"


def test_the_fallback_is_the_one_of_the_day_the_task_was_opened(staffed: House, at: At) -> None:
    proposal = factories.pending(staffed)
    factories.publish_matrix(staffed.now, fallback="reject")
    run_due(now=at(2))
    run_due(now=at(4))
    run_due(now=at(6))
    proposal.refresh_from_db()
    assert proposal.status == "pending"


def test_eight_sweepers_take_two_hundred_steps_once_each(live_staffed: House) -> None:
    house = live_staffed
    proposals = [factories.pending(house, subject={"kind": "order", "id": f"#{n}"}) for n in range(200)]
    later = house.now + timedelta(hours=2)
    answers = at_once([partial(run_due, now=later)] * 8)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert sum(answer for answer in answers if isinstance(answer, int)) == 200
    assert StepExecution.objects.filter(outcome="done").count() == 200
    assert Notification.objects.filter(kind="escalation").count() == len(proposals)
    assert EscalationRun.objects.filter(step=1, ended_at=None).count() == 200
    assert not Incident.objects.exists()
