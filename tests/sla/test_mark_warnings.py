"""Warnings at shares of a target's working time: each once, whoever sweeps."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from apps.sla import actions
from apps.sla.models import ClockCycle, ClockEvent
from tests.sla.conftest import policy_of
from tests.together import at_once

HOUR = timedelta(hours=1)


@pytest.fixture
def cycle(start) -> ClockCycle:
    """Due at 15:00; half is used at 12:00 (before lunch), three quarters at 14:00, 90 % at 14:36."""
    return start("decide", "4wh")


def warned_shares() -> list[int]:
    return list(ClockEvent.objects.filter(kind="warned").order_by("id").values_list("share", flat=True))


def test_each_share_is_warned_at_once_when_its_working_time_is_used(cycle, subject, now):
    given = []
    for quarter in range(24):
        given += [
            (quarter / 4, warned.share) for warned in actions.mark_warnings(now=now + quarter / 4 * HOUR)
        ]
    assert given == [(2.0, 50), (4.0, 75), (4.75, 90)]
    assert warned_shares() == [50, 75, 90]


def test_a_warning_says_what_is_due_when(cycle, subject, now):
    (warned,) = actions.mark_warnings(now=now + 2 * HOUR)
    assert warned == actions.Warned(
        subject_id=subject, workflow_id=7, target="decide", tier=4, share=50, due_at=cycle.due_at
    )


def test_after_an_outage_only_the_latest_share_is_told_and_all_are_recorded(cycle, now):
    (warned,) = actions.mark_warnings(now=now + 4.7 * HOUR)
    assert warned.share == 90
    assert warned_shares() == [50, 75, 90]
    assert actions.mark_warnings(now=now + 4.8 * HOUR) == []


def test_what_is_overdue_is_a_breach_and_no_warning(cycle, now):
    assert actions.mark_warnings(now=cycle.due_at + HOUR) == []
    assert actions.mark_breaches(now=cycle.due_at + HOUR) == 1
    cycle.refresh_from_db()
    assert cycle.next_warning_at is None


def test_what_is_met_or_cancelled_is_not_warned_about(start, subject, now):
    start("claim", "4wh")
    start("decide", "4wh", about=(other := uuid4()))
    actions.meet(subject_id=subject, target="claim", now=now)
    actions.cancel(subject_ids=[other], now=now)
    assert actions.mark_warnings(now=now + 3 * HOUR) == []


def test_a_pause_puts_warnings_off(cycle, subject, now):
    actions.pause(subject_id=subject, until=now + 4 * HOUR, reason="", now=now + HOUR)
    assert actions.mark_warnings(now=now + 4.9 * HOUR) == []
    assert [warned.share for warned in actions.mark_warnings(now=now + 5 * HOUR)] == [50]


def test_an_early_answer_brings_warnings_forward_and_none_comes_twice(cycle, subject, now):
    actions.mark_warnings(now=now + 2 * HOUR)
    actions.pause(subject_id=subject, until=now + 6 * HOUR, reason="", now=now + 3.5 * HOUR)
    actions.resume(subject_id=subject, now=now + 4 * HOUR)
    cycle.refresh_from_db()
    assert cycle.next_warning_at == now + 4.5 * HOUR
    assert [warned.share for warned in actions.mark_warnings(now=now + 4.5 * HOUR)] == [75]


def test_the_policy_says_when(start, now):
    start("decide", "10h", warn_at=(20, 60))
    assert [warned.share for warned in actions.mark_warnings(now=now + 2 * HOUR)] == [20]
    assert actions.mark_warnings(now=now + 5.9 * HOUR) == []
    assert [warned.share for warned in actions.mark_warnings(now=now + 6 * HOUR)] == [60]


def test_a_sweep_takes_the_oldest_up_to_its_limit_in_a_handful_of_statements(
    office, now, django_assert_max_num_queries
):
    start_many(300, office, now)
    with django_assert_max_num_queries(6):
        assert len(actions.mark_warnings(now=now + 2 * HOUR, limit=200)) == 200
    assert len(actions.mark_warnings(now=now + 2 * HOUR, limit=200)) == 100
    assert actions.mark_warnings(now=now + 2 * HOUR) == []


def test_one_row_that_cannot_be_read_does_not_stop_the_others(office, now):
    start_many(3, office, now)
    poison = ClockCycle.objects.order_by("pk").first()
    ClockCycle.objects.filter(pk=poison.pk).update(pauses=[["nonsense", "nonsense"]])
    assert len(actions.mark_warnings(now=now + 2 * HOUR)) == 2
    assert actions.mark_breaches(now=now + 9 * HOUR) == 3


def test_a_share_is_recorded_once(cycle, now):
    ClockEvent.objects.create(cycle=cycle, kind="warned", at=now, share=50)
    with pytest.raises(IntegrityError, match="one_warning_a_share"), transaction.atomic():
        ClockEvent.objects.create(cycle=cycle, kind="warned", at=now, share=50)


def test_the_sweep_finds_what_is_due_by_an_index(office, now):
    start_many(200, office, now)
    with connection.cursor() as cursor:
        # With few rows PostgreSQL would rather read them all and sort.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        query = ClockCycle.objects.to_warn(now + 2 * HOUR).order_by("next_warning_at")
        assert "clock_cycle_warning" in query.explain()


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_at_once_give_each_warning_once(office, now):
    cycles = start_many(300, office, now)

    def sweep():
        given = []
        while warned := actions.mark_warnings(now=now + 2 * HOUR, limit=15):
            given += [one.subject_id for one in warned]
        return given

    results = at_once([sweep, sweep, sweep])
    given = [subject for found in results for subject in found]
    # A sweep that found only rows others held stops early; the next beat takes what is left.
    given += [one.subject_id for one in actions.mark_warnings(now=now + 2 * HOUR)]
    assert sorted(given) == sorted(cycle.subject_id for cycle in cycles)
    assert warned_shares() == [50] * 300


@pytest.mark.django_db(transaction=True)
def test_a_decision_and_a_sweep_at_once_leave_a_met_target_without_warning_to_come(office, now):
    cycles = start_many(40, office, now)
    moment = now + 2 * HOUR

    def decide():
        return sum(actions.meet(subject_id=cycle.subject_id, target="decide", now=moment) for cycle in cycles)

    def sweep():
        return sum(len(actions.mark_warnings(now=moment, limit=1)) for _ in cycles)

    met, _warned = at_once([decide, sweep])
    assert met == 40
    assert ClockCycle.objects.filter(status="met", next_warning_at=None).count() == 40
    assert len(warned_shares()) == len(set(ClockEvent.objects.filter(kind="warned").values_list("cycle")))


def start_many(count, calendar, now):
    policy = policy_of("4wh", now)
    specs = [
        actions.CycleSpec(
            subject_id=uuid4(),
            workflow_id=7,
            target="decide",
            tier=4,
            policy_version=policy,
            calendar_version=calendar,
        )
        for _ in range(count)
    ]
    return actions.start_cycles(specs=specs, now=now)
