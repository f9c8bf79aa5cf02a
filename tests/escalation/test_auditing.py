"""The auditor finds what has stalled, mends it, and says so outside, on every page and on /metrics."""

from datetime import timedelta
from io import StringIO
from unittest import mock
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from apps.delivery import outbound
from apps.delivery.models import Delivery
from apps.delivery.outbound import Answer
from apps.escalation import auditing, stepping
from apps.escalation.auditing import audit
from apps.escalation.healing import force_fallback
from apps.escalation.models import AuditRun, EscalationRun, Incident, StepExecution
from apps.escalation.sweeping import run_due
from apps.proposals.models import Grant, Proposal
from apps.reviews.models import Task
from tests import factories
from tests.escalation.conftest import run_of, save
from tests.factories import House
from tests.faults.promise import assert_kept

MINUTE = timedelta(minutes=1)


def without_run(proposal: Proposal) -> None:
    """Take the run away as only a superuser can."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM escalation_escalationrun WHERE task_id = %s", [proposal.task.pk])
        cursor.execute("SET session_replication_role = origin")


def test_nothing_stalled_is_clean(staffed: House) -> None:
    factories.pending(staffed)
    run = audit(now=staffed.now)
    assert (run.is_clean, run.open_tasks, run.found, run.unhealed) == (True, 1, {}, [])


def test_a_task_without_a_run_is_armed_whatever_its_age(staffed: House) -> None:
    proposal = factories.pending(staffed)
    without_run(proposal)
    later = staffed.now + timedelta(days=400)
    run = audit(now=later)
    assert (run.is_clean, run.found["no_run"], run.healed, run.unhealed) == (False, 1, 1, [])
    assert run_of(proposal).next_at == later
    assert audit(now=later).is_clean


def test_a_late_step_is_taken(staffed: House) -> None:
    proposal = factories.pending(staffed)
    run = audit(now=staffed.now + timedelta(hours=2, seconds=31))
    assert (run.found, run.healed) == ({"late_step": 1}, 1)
    assert StepExecution.objects.filter(run__task__proposal=proposal, outcome="done").count() == 1


def test_two_sweeps_are_not_late_yet(staffed: House) -> None:
    factories.pending(staffed)
    assert audit(now=staffed.now + timedelta(hours=2, seconds=29)).is_clean


def test_a_step_that_always_fails_is_passed_over(staffed: House, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal = factories.pending(staffed)
    monkeypatch.setattr(stepping, "take", mock.Mock(side_effect=RuntimeError("poison")))
    run = audit(now=staffed.now + timedelta(hours=2) + MINUTE)
    assert run.unhealed == []
    assert StepExecution.objects.get(run__task__proposal=proposal).outcome == "failed"
    assert run_of(proposal).step == 1


def test_what_cannot_be_mended_twice_gets_its_fallback(
    staffed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.publish_matrix(staffed.now, fallback="reject")
    proposal = factories.pending(staffed)
    monkeypatch.setattr(stepping, "take", mock.Mock(side_effect=RuntimeError("poison")))
    monkeypatch.setattr("apps.escalation.sweeping.pass_over", mock.Mock(side_effect=RuntimeError("too")))
    later = staffed.now + timedelta(hours=2) + MINUTE
    assert audit(now=later).unhealed == [proposal.task.pk]
    proposal.refresh_from_db()
    assert proposal.status == "pending"
    audit(now=later + MINUTE)
    proposal.refresh_from_db()
    assert (proposal.status, proposal.resolution.decided_by_type) == ("denied", "fallback")
    assert Incident.objects.filter(kind="not_healed", task_id=proposal.task.pk).exists()


def test_a_lost_claim_and_a_stuck_decision_are_mended(staffed: House) -> None:
    lost = factories.claimed(factories.pending(staffed), staffed.alice, staffed.now)
    other = factories.claimed(factories.pending(staffed), staffed.bob, staffed.now)
    factories.decided(other, staffed.bob, staffed.now)
    run = audit(now=staffed.now + timedelta(hours=1))
    assert run.found == {"lease_over": 1, "unsettled": 1}
    assert run.unhealed == []
    assert Task.objects.get(pk=lost.pk).status == "open"
    assert Task.objects.get(pk=other.pk).status == "done"


def test_what_a_clock_that_was_days_ahead_has_written_is_put_right(staffed: House) -> None:
    """Opened, claimed, asked and decided while the clock was three days ahead; then it is right again."""
    ahead = staffed.now + timedelta(days=3)
    opened = factories.pending(staffed, now=ahead, subject={"kind": "order", "id": "#1"})
    tasks = [
        factories.claimed(factories.pending(staffed, subject={"kind": "order", "id": f"#{n}"}), who, ahead)
        for n, who in enumerate((staffed.alice, staffed.bob, staffed.alice), 2)
    ]
    factories.asked(tasks[1], staffed.bob, ahead)
    factories.decided(tasks[2], staffed.alice, ahead)
    now = staffed.now + timedelta(hours=1)
    run = audit(now=now)
    assert (run.found, run.unhealed) == ({"ahead": 4}, [])
    held, asked, decided = (Task.objects.get(pk=task.pk) for task in tasks)
    assert (held.status, asked.status, decided.status) == ("open", "claimed", "done")
    assert (asked.claimed_by, asked.claimed_at) == (staffed.bob, now)
    assert Grant.objects.filter(proposal=decided.proposal_id).exists()
    again = Task.objects.get(proposal=opened)
    assert (again.claim_due_at, again.due_at) == (now + 30 * MINUTE, now + timedelta(hours=4))
    assert run_of(opened).next_at == now + timedelta(hours=2)
    assert audit(now=now).is_clean
    assert_kept()


def test_with_a_clock_that_is_itself_behind_nothing_seems_to_be_ahead(
    staffed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database's clock is the witness: a machine that is behind must not undo what all others did."""
    factories.claimed(factories.pending(staffed), staffed.alice, staffed.now + timedelta(days=3))
    behind = timezone.now() - timedelta(days=3)
    monkeypatch.setattr("apps.escalation.looking.timezone.now", lambda: behind)
    assert audit(now=staffed.now).found == {}


def test_nobody_eligible_is_told_once_and_moves_the_chain(staffed: House) -> None:
    proposal = factories.pending(staffed)
    for person in (staffed.alice, staffed.bob):
        person.is_active = False
        person.save()
    run = audit(now=staffed.now)
    assert run.found == {"nobody_eligible": 1}
    assert run.is_clean, "the machinery works; people have been told"
    audit(now=staffed.now + MINUTE)
    incident = Incident.objects.get(kind="nobody_eligible")
    assert Task.objects.get(proposal=proposal).hurried_at == staffed.now
    staffed.alice.is_active = True
    staffed.alice.save()
    audit(now=staffed.now + 2 * MINUTE)
    incident.refresh_from_db()
    assert incident.closed_at == staffed.now + 2 * MINUTE


def test_a_task_that_joins_those_nobody_may_take_is_moved_too(staffed: House) -> None:
    factories.pending(staffed)
    for person in (staffed.alice, staffed.bob):
        person.is_active = False
        person.save()
    audit(now=staffed.now)
    later = factories.pending(staffed)
    audit(now=staffed.now + MINUTE)
    assert Task.objects.get(proposal=later).hurried_at == staffed.now + MINUTE
    run_due(now=staffed.now + MINUTE)
    audit(now=staffed.now + 2 * MINUTE)
    assert Task.objects.get(proposal=later).hurried_at is None, "once: then its own moments count"


def test_messages_that_do_not_arrive_are_told_of_until_they_do(staffed: House) -> None:
    row = Delivery.objects.create(
        id=uuid4(),
        email="bob@example.org",
        subject="-",
        body="-",
        created_at=staffed.now,
        next_at=staffed.now,
    )
    Delivery.objects.filter(pk=row.pk).update(attempts=2, next_at=staffed.now + timedelta(hours=9))
    assert audit(now=staffed.now + timedelta(minutes=59)).found == {}
    run = audit(now=staffed.now + timedelta(minutes=61))
    assert (run.found, run.is_clean) == ({"undelivered": 1}, True)
    assert Incident.objects.get(kind="undelivered").closed_at is None
    Delivery.objects.filter(pk=row.pk).update(status="dead")
    assert audit(now=staffed.now + timedelta(minutes=70)).found["undelivered"] == 1
    Delivery.objects.filter(pk=row.pk).update(status="sent", sent_at=staffed.now)
    audit(now=staffed.now + timedelta(minutes=71))
    assert Incident.objects.get(kind="undelivered").closed_at == staffed.now + timedelta(minutes=71)


def test_an_action_without_a_result_is_noticed(staffed: House) -> None:
    factories.settled(staffed)
    run = audit(now=staffed.now + timedelta(days=3))
    assert run.found == {"no_result": 1}
    assert Incident.objects.get(kind="no_result").workflow_id == staffed.workflow.pk


def test_a_chain_that_loses_its_people_is_noticed_and_closed_again(staffed: House) -> None:
    audit(now=staffed.now)
    assert not Incident.objects.filter(kind="chain_gap").exists()
    for person in (staffed.adam, staffed.olga):
        person.is_active = False
        person.save()
    audit(now=staffed.now + MINUTE)
    assert "at least 2" in Incident.objects.get(kind="chain_gap").text
    save(
        staffed, allows_gaps=True, steps=[{"after": "1%", "do": "notify", "to": ["leads", "role:reviewers"]}]
    )
    audit(now=staffed.now + 2 * MINUTE)
    assert Incident.objects.get(kind="chain_gap").closed_at is not None


def test_the_dead_mans_switch_is_called_only_when_clean(
    staffed: House, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REVIEWHUB_AUDIT_PING_URL = "https://ping.example.org/reviewhub"
    called = mock.create_autospec(outbound.post, return_value=Answer(200, "OK"))
    monkeypatch.setattr(auditing.outbound, "post", called)
    factories.pending(staffed)
    audit(now=staffed.now)
    called.assert_called_once()
    audit(now=staffed.now + timedelta(hours=3))
    called.assert_called_once()


def test_the_switch_cannot_be_pointed_at_the_inside(staffed: House, settings: Settings) -> None:
    settings.REVIEWHUB_AUDIT_PING_URL = "http://127.0.0.1:9/"
    assert audit(now=staffed.now).is_clean


def test_the_command_says_what_it_found_and_fails(staffed: House) -> None:
    out = StringIO()
    with mock.patch("django.utils.timezone.now", return_value=staffed.now):
        call_command("escalation_audit", stdout=out)
        assert "Nothing has stalled." in out.getvalue()
        without_run(factories.pending(staffed))
        with pytest.raises(SystemExit) as ended:
            call_command("escalation_audit", stdout=out)
    assert ended.value.code == 1
    assert "1 x no live escalation" in out.getvalue()


def looked(at_age: timedelta, *, clean: bool = True) -> None:
    AuditRun.objects.create(at=timezone.now() - at_age, took_ms=1, open_tasks=0, is_clean=clean)


@pytest.mark.parametrize(
    ("looks", "red"),
    [
        ([], True),
        ([(timedelta(), True)], False),
        ([(timedelta(minutes=2), True), (timedelta(), False)], False),
        ([(timedelta(minutes=4), True)], True),
        ([(timedelta(minutes=4), True), (timedelta(), False)], True),
        ([(timedelta(), False)], True),
    ],
)
def test_every_page_is_red_without_a_recent_clean_look(
    house: House, looks: list[tuple[timedelta, bool]], red: bool
) -> None:
    for age, clean in looks:
        looked(age, clean=clean)
    client = Client()
    client.force_login(house.alice)
    assert ("data-audit-banner" in client.get("/").content.decode()) is red
    assert "data-audit-banner" not in Client().get("/accounts/login/", follow=True).content.decode()


def test_healthz_is_red_when_the_auditor_or_the_sweeper_has_stopped(house: House) -> None:
    assert Client().get("/healthz").json()["auditor"] == "has never looked"
    looked(timedelta(), clean=False)
    assert Client().get("/healthz").json()["auditor"] == "has never found everything in order"
    assert Client().get("/healthz").status_code == 503
    looked(timedelta())
    assert Client().get("/healthz").json()["auditor"] == "ok"
    save(house, allows_gaps=True, steps=[{"after": "0%", "do": "notify", "to": ["office:admin"]}])
    factories.pending(house, now=timezone.now() - timedelta(minutes=3))
    response = Client().get("/healthz")
    assert response.status_code == 503
    assert "seconds late" in response.json()["escalation"]


def test_metrics_tell_of_the_oldest_step(house: House, settings: Settings) -> None:
    settings.REVIEWHUB_METRICS_TOKEN = "t"
    save(house, allows_gaps=True, steps=[{"after": "0%", "do": "notify", "to": ["office:admin"]}])
    factories.pending(house, now=timezone.now() - timedelta(minutes=3))
    text = Client().get("/metrics", headers={"authorization": "Bearer t"}).content.decode()
    assert "reviewhub_oldest_overdue_step_seconds 180." in text
    assert "reviewhub_clean_audit_age_seconds -1.0" in text
    assert 'reviewhub_audit_found{finding="no_run"} 0.0' in text


def test_the_forced_fallback_of_an_unknown_task_does_nothing(staffed: House) -> None:
    assert force_fallback([uuid4()], now=staffed.now) == 0
    assert EscalationRun.objects.count() == 0
