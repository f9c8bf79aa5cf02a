"""The ways in which escalation has died elsewhere, each as a test: here none of them ends in silence.

Those that need killed processes stand in `tests/faults` as well; here is what rows and rules make of them.
"""

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from celery import current_app
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from apps.accounts.models import Absence, Team
from apps.delivery.models import Notification
from apps.escalation import fallback, stepping, tasks
from apps.escalation.auditing import audit
from apps.escalation.chains import save_chain
from apps.escalation.models import Chain, ChainVersion, EscalationRun, Incident, StepExecution
from apps.escalation.sweeping import run_due
from apps.proposals.models import Proposal
from apps.proposals.states import Status
from apps.reviews import asking, claiming, deciding, settling
from apps.reviews.models import Queue, Task
from apps.reviews.returning import return_lost_claims
from apps.routing.states import Fallback
from tests import factories
from tests.escalation.conftest import STEPS, run_of, save
from tests.escalation.test_auditing import without_run
from tests.escalation.test_sweeping import At, fired, told
from tests.factories import House

MINUTE = timedelta(minutes=1)
LAST = STEPS[-1]


def store_steps(house: House, steps: list[dict[str, Any]]) -> ChainVersion:
    """A version as another release, or a hand in the database, might have left it."""
    chain = Chain.objects.get(slug="standard")
    return ChainVersion.objects.create(
        chain=chain, number=chain.versions.count() + 1, steps=steps, created_at=house.now, created_by_name="-"
    )


def test_deciding_and_taking_it_back_in_turn_does_not_hold_the_chain(staffed: House) -> None:
    """A person who decides and undoes whenever a sweeper looks: from the missed target on, the chain does not wait."""
    proposal = factories.pending(staffed)
    task = factories.claimed(proposal, staffed.alice, staffed.now)
    for minutes in range(0, 9 * 60, 2):
        now = staffed.now + timedelta(minutes=minutes)
        task.refresh_from_db()
        factories.decided(task, staffed.alice, now)
        run_due(now=now)
        deciding.undo(task_id=task.pk, by=staffed.alice, now=now + timedelta(seconds=5))
    steps = StepExecution.objects.filter(run__task=task).order_by("id")
    assert list(steps.values_list("step", "loop", "outcome")) == [
        (0, 0, "skipped"),
        (1, 0, "done"),
        (2, 0, "refused"),
        (3, 0, "done"),
    ]
    assert steps[1].at - staffed.now <= timedelta(hours=4, minutes=4)
    notice = Notification.objects.filter(proposal_id=proposal.pk, kind="escalation").latest("id")
    assert notice.title.startswith("Decided, but taken back before")


def test_way_1_the_first_message_is_lost_between_commit_and_broker(
    live_staffed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:9/0")
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:9/0", raising=False)
    proposal = factories.pending(live_staffed)
    later = live_staffed.now + timedelta(hours=2)
    assert run_due(now=later) == 1
    assert told(proposal) == ["bob"]


def test_way_2_an_empty_next_time_is_refused_not_read_as_healthy(staffed: House) -> None:
    run = run_of(factories.pending(staffed))
    with pytest.raises(IntegrityError, match="escalation_live_run_has_a_next_moment"), transaction.atomic():
        EscalationRun.objects.filter(pk=run.pk).update(next_at=None)


def test_way_2_a_task_cannot_be_opened_without_a_run(live_staffed: House) -> None:
    with (
        mock.patch("apps.intake.storing.arm"),
        pytest.raises(DatabaseError, match="has no live escalation run"),
    ):
        factories.pending(live_staffed)
    assert not Task.objects.exists()


def test_way_2_a_run_cannot_end_before_its_task(live_staffed: House) -> None:
    run = run_of(factories.pending(live_staffed))
    ended = {"ended_at": live_staffed.now, "ended_because": "decided", "next_at": None}
    with pytest.raises(DatabaseError, match="the task is open"):
        EscalationRun.objects.filter(pk=run.pk).update(**ended)


def test_way_3_the_auditor_looks_at_every_open_task_whatever_its_age(staffed: House) -> None:
    proposal = factories.pending(staffed)
    without_run(proposal)
    audit(now=staffed.now + timedelta(days=800))
    assert run_of(proposal).ended_at is None


def test_way_4_a_look_costs_the_same_queries_however_much_is_open(
    staffed: House, django_assert_num_queries: Any
) -> None:
    factories.pending(staffed)
    audit(now=staffed.now)
    with CaptureCount() as few:
        audit(now=staffed.now)
    for number in range(20):
        factories.pending(staffed, subject={"kind": "order", "id": f"#{number}"})
    with django_assert_num_queries(few.count):
        audit(now=staffed.now)


class CaptureCount:
    """How many queries were made."""

    def __enter__(self) -> "CaptureCount":
        connection.force_debug_cursor = True
        self._before = len(connection.queries_log)
        return self

    def __exit__(self, *error: object) -> None:
        self.count = len(connection.queries_log) - self._before
        connection.force_debug_cursor = False


def test_way_5_an_auditor_that_never_started_turns_pages_and_healthz_red(house: House) -> None:
    client = Client()
    client.force_login(house.alice)
    page = client.get("/").content.decode()
    assert "data-audit-banner" in page
    assert "never" in page
    response = Client().get("/healthz")
    assert (response.status_code, response.json()["auditor"]) == (503, "has never looked")


def test_way_6_healing_has_no_budget(staffed: House) -> None:
    for number in range(60):
        without_run(factories.pending(staffed, subject={"kind": "order", "id": f"#{number}"}))
    for minute in range(3):
        assert audit(now=staffed.now + minute * MINUTE).unhealed == []
        without_run(Proposal.objects.latest("pk"))
    assert audit(now=staffed.now + 5 * MINUTE).healed == 1
    assert EscalationRun.objects.live().count() == 60


def test_way_7_a_chain_or_queue_that_is_named_cannot_be_deleted(staffed: House) -> None:
    save(staffed, [{"after": "1h", "do": "widen", "to": ["queue:senior"]}, LAST])
    with pytest.raises((ProtectedError, DatabaseError)), transaction.atomic():
        Chain.objects.get(slug="standard").delete()
    queue = Queue.objects.create(
        slug="spare", name="Spare", calendar=staffed.queues["senior"].calendar, created_at=staffed.now
    )
    save(
        staffed, [{"after": "1h", "do": "widen", "to": ["queue:spare"]}, LAST], allows_gaps=True, name="Spare"
    )
    with pytest.raises(DatabaseError, match="An escalation chain names queue spare"), transaction.atomic():
        queue.delete()


def test_way_7_a_target_that_is_gone_passes_the_step_on_and_opens_an_incident(staffed: House, at: At) -> None:
    store_steps(staffed, [{"after": "1h", "do": "reassign", "to": ["queue:gone"]}, STEPS[0], LAST])
    proposal = factories.pending(staffed)
    run_due(now=at(1))
    assert fired(proposal) == [(0, 0, "missing"), (1, 0, "done")]
    assert told(proposal) == ["bob"]
    assert "queue:gone" in Incident.objects.get(kind="step_missing").text


def test_way_7_a_matrix_that_names_a_missing_chain_gets_the_default_one_and_an_incident(
    staffed: House,
) -> None:
    factories.publish_matrix(staffed.now, chain="gone")
    run = run_of(factories.pending(staffed))
    assert run.chain_version.chain.slug == "standard"
    assert "gone" in Incident.objects.get(kind="chain_missing").text
    factories.pending(staffed)
    assert Incident.objects.filter(kind="chain_missing").count() == 1


def test_way_8_a_step_without_recipients_takes_the_next_one_now_and_says_so(staffed: House, at: At) -> None:
    Team.objects.create(slug="nobody", name="Nobody")
    save(staffed, [{"after": "10%", "do": "notify", "to": ["team:nobody"]}, *STEPS[1:]], allows_gaps=True)
    proposal = factories.pending(staffed)
    run_due(now=at(0.4))
    assert fired(proposal) == [(0, 0, "nobody"), (1, 0, "done")]
    assert told(proposal) == ["petra"]
    assert Incident.objects.filter(kind="no_recipients").count() == 1


def test_way_8_when_even_the_last_step_finds_nobody_here_the_absent_are_told(staffed: House, at: At) -> None:
    for person in (staffed.olga, staffed.adam):
        Absence.objects.create(user=person, starts_at=staffed.now, ends_at=at(1000))
    proposal = factories.pending(staffed)
    run_due(now=at(30))
    assert set(told(proposal)) == {"olga", "adam"}
    assert Incident.objects.filter(kind="no_recipients").exists()


def test_way_9_the_end_of_the_chain_is_repeated_for_a_year(staffed: House, at: At) -> None:
    proposal = factories.pending(staffed)
    for day in range(2, 40):
        run_due(now=at(24 * day))
    assert fired(proposal)[-1] == (3, 37, "done")
    assert run_of(proposal).next_at is not None


def test_way_9_a_chain_without_an_end_gets_one(staffed: House, at: At) -> None:
    store_steps(staffed, [{"after": "1h", "do": "raise_tier", "to": []}])
    proposal = factories.pending(staffed)
    run_due(now=at(1))
    run_due(now=at(4))
    assert set(told(proposal)) == {"adam", "gina"}


def test_way_10_a_pause_ends_by_itself(staffed: House, at: At) -> None:
    task = factories.claimed(factories.pending(staffed), staffed.alice, staffed.now)
    assert task.lease_token is not None
    asking.ask(
        task_id=task.pk,
        by=staffed.alice,
        text="Why?",
        within=timedelta(hours=1),
        lease_token=task.lease_token,
        now=staffed.now,
    )
    run_due(now=at(2))
    assert fired(task.proposal) == [], "one hour does not count"
    found = audit(now=at(1) + 10 * MINUTE)
    assert found.found == {"paused_too_long": 1}
    assert found.unhealed == []
    assert Task.objects.get(pk=task.pk).status != "asked"
    return_lost_claims(now=at(2.9))
    run_due(now=at(3.1))
    assert fired(task.proposal) == [(0, 0, "done")]


def test_way_11_a_claim_is_not_the_end(staffed: House, at: At) -> None:
    proposal = factories.pending(staffed)
    factories.claimed(proposal, staffed.alice, at(1.9))
    for hours in (2, 3, 4.01, 6, 8, 9):
        run_due(now=at(hours))
    assert [step for step, _loop, outcome in fired(proposal) if outcome == "done"] == [0, 1, 2, 3, 3]


@pytest.mark.parametrize("name", ["cancel_order", "delete_record"])
def test_way_12_no_tier_is_left_out(staffed: House, at: At, name: str) -> None:
    action = {"name": name, "args": {"order_id": "#W9", "reason": "ordered by mistake"}}
    proposal = factories.pending(staffed, action=action)
    Task.objects.filter(proposal=proposal).update(tier=11)
    run_due(now=at(2))
    assert told(proposal) == ["bob"]


def test_way_13_there_is_no_window_to_miss(staffed: House, at: At) -> None:
    proposal = factories.pending(staffed)
    run_due(now=at(24 * 90))
    assert fired(proposal)[-1] == (3, 0, "done")


def test_way_14_one_poison_row_does_not_stop_the_sweep(
    staffed: House, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposals = [
        factories.pending(staffed, subject={"kind": "order", "id": f"#{number}"}) for number in range(3)
    ]
    take = stepping.take

    def fail_for_the_first(step: Any, turn: Any) -> Any:
        if turn.task.proposal_id == proposals[0].pk:
            raise RuntimeError("poison")
        return take(step, turn)

    monkeypatch.setattr(stepping, "take", fail_for_the_first)
    assert run_due(now=at(2)) == 2
    assert [len(fired(proposal)) for proposal in proposals] == [0, 1, 1]
    audit(now=at(2) + MINUTE)
    assert fired(proposals[0]) == [(0, 0, "failed")]


def test_way_15_an_unknown_step_is_an_incident_and_the_chain_goes_on(staffed: House, at: At) -> None:
    store_steps(staffed, [{"after": "1h", "do": "telepathy"}, STEPS[0], LAST])
    proposal = factories.pending(staffed)
    run_due(now=at(0))
    run_due(now=at(2))
    assert fired(proposal) == [(0, 0, "unknown"), (1, 0, "done")]
    assert "telepathy" in Incident.objects.get(kind="step_unknown").text


def test_way_16_nothing_of_a_run_is_in_the_broker(staffed: House, at: At, settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "memory://"
    with mock.patch.object(current_app, "send_task") as sent:
        proposal = factories.pending(staffed)
        for hours in (2, 4, 6, 8):
            run_due(now=at(hours))
    assert not [call for call in sent.call_args_list if "eta" in call.kwargs or "countdown" in call.kwargs]
    assert [step for step, _loop, _outcome in fired(proposal)] == [0, 1, 2, 3]


def test_way_17_no_counter_hides_a_task(staffed: House, at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal = factories.pending(staffed)
    for lost in range(12):
        factories.claimed(proposal, staffed.alice, at(lost / 10))
        return_lost_claims(now=at(lost / 10) + timedelta(minutes=30))
        Task.objects.filter(proposal=proposal).update(hurried_at=None)
    with monkeypatch.context() as broken:
        broken.setattr(stepping, "take", mock.Mock(side_effect=RuntimeError))
        for _sweep in range(30):
            assert run_due(now=at(2)) == 0
    assert run_due(now=at(2)) == 1
    assert fired(proposal) == [(0, 0, "done")]


def test_way_18_a_fallback_never_approves_and_goes_through_the_gate(staffed: House, at: At) -> None:
    assert {choice.value for choice in Fallback} == {"hold", "reject"}
    factories.publish_matrix(staffed.now, fallback="reject")
    proposal = factories.pending(staffed)
    factories.decided(factories.claimed(proposal, staffed.alice, at(5)), staffed.alice, at(5))
    run_due(now=at(6))
    proposal.refresh_from_db()
    assert proposal.status == Status.PENDING, "a person has decided: the undo window is theirs"
    settling.settle_due(now=at(6))
    run_due(now=at(6) + 2 * MINUTE)
    proposal.refresh_from_db()
    assert proposal.resolution.decided_by_type == "human"
    run, task = run_of(proposal), Task.objects.get(proposal=proposal)
    run.fallback = "reject"
    with pytest.raises(Exception, match="would have to be"), transaction.atomic():
        fallback.apply_fallback(run=run, task=task, now=at(7))


def test_way_19_held_for_a_second_person_and_nobody_eligible(staffed: House, at: At) -> None:
    proposal = factories.two_person(staffed)
    factories.decided(factories.claimed(proposal, staffed.alice, at(0)), staffed.alice, at(0))
    settling.settle_due(now=at(0.1))
    staffed.bob.is_active = False
    staffed.bob.save()
    found = audit(now=at(0.2))
    assert found.found == {"nobody_eligible": 1}
    assert Incident.objects.filter(kind="nobody_eligible").exists()
    assert run_due(now=at(0.2)) == 1
    assert told(proposal) != []


def test_way_20_no_more_items_says_how_many_others_hold(staffed: House) -> None:
    now = timezone.now()
    factories.claimed(factories.pending(staffed, now=now), staffed.alice, now)
    assert claiming.claim_next(by=staffed.bob, now=now) is None
    client = Client()
    client.force_login(staffed.bob)
    page = client.get("/").content.decode()
    assert "Others are working on 1 task" in page


def test_way_21_a_duplicate_or_days_late_wake_up_does_nothing_twice(staffed: House, at: At) -> None:
    proposal = factories.pending(staffed)
    with mock.patch("django.utils.timezone.now", return_value=at(2)):
        assert [tasks.run_due() for _again in range(5)] == [1, 0, 0, 0, 0]
        assert [tasks.warn_due() for _again in range(3)][1:] == [0, 0]
    assert StepExecution.objects.count() == 1
    assert Notification.objects.filter(proposal_id=proposal.pk, kind="escalation").count() == 1
    titles = set(Notification.objects.filter(proposal_id=proposal.pk).values_list("title", flat=True))
    assert f"Half the time is used: {proposal.summary}" in titles
    again = StepExecution.objects.get()
    again.pk = None
    with pytest.raises(IntegrityError, match="escalation_step_once"), transaction.atomic():
        again.save(force_insert=True)


def test_a_name_that_stands_for_nothing_is_refused_in_a_chain_nothing_uses_yet(staffed: House) -> None:
    for step in (
        {"after": "50%", "do": "notify", "to": ["team:nobody"]},
        {"after": "50%", "do": "notify", "to": ["person:nobody"]},
        {"after": "50%", "do": "notify", "to": ["channel:nobody"]},
        {"after": "50%", "do": "reassign", "to": ["queue:nope"]},
        {"after": "50%", "do": "widen", "to": ["queue:nope"]},
    ):
        for allows_gaps in (False, True):
            with pytest.raises(ValueError, match=f"Step 1: there is no {step['to'][0]}"):
                save_chain(
                    slug="spare",
                    name="Spare",
                    steps=[step, LAST],
                    by=staffed.adam,
                    now=staffed.now,
                    allows_gaps=allows_gaps,
                )


def test_a_chain_is_proven_when_it_is_saved(staffed: House) -> None:
    bad = [
        {"after": "50%", "do": "notify", "to": ["person:charlie", "team:none"]},
        {**LAST, "to": ["role:reviewers"]},
    ]
    with pytest.raises(ValueError, match="there is no team:none"):
        save_chain(slug="standard", name="Standard", steps=bad, by=staffed.adam, now=staffed.now)
    alone = [{**LAST, "to": ["role:business_owner"]}]
    with pytest.raises(ValueError, match="needs at least 2"):
        save_chain(slug="standard", name="Standard", steps=alone, by=staffed.adam, now=staffed.now)
    with pytest.raises(ValidationError):
        save_chain(slug="not a slug", name="Standard", steps=STEPS, by=staffed.adam, now=staffed.now)
    with pytest.raises(Exception, match="admin"):
        save_chain(slug="standard", name="Standard", steps=STEPS, by=staffed.alice, now=staffed.now)
