"""The sweep that marks overdue targets: each exactly once, whoever else sweeps or decides."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction

from apps.audit.models import Event
from apps.delivery.models import OutboxEvent
from apps.sla import actions, tasks
from apps.sla.models import ClockCycle, ClockEvent
from apps.sla.queries import current_calendar_version
from tests import factories
from tests.sla.conftest import policy_of

HOUR = timedelta(hours=1)


def start_many(count, now):
    factories.default_calendars(now)
    policy = policy_of("1h", now)
    version = current_calendar_version("always")
    specs = [
        actions.CycleSpec(
            subject_id=uuid4(),
            workflow_id=7,
            target="decide",
            tier=4,
            policy_version=policy,
            calendar_version=version,
        )
        for _ in range(count)
    ]
    return actions.start_cycles(specs=specs, now=now)


def test_a_breach_is_logged_audited_and_told(start, subject):
    cycle = start("decide", "4wh")
    marked = cycle.due_at + HOUR
    assert actions.mark_breaches(now=marked) == 1
    assert ClockEvent.objects.get(kind="breached").at == marked
    audited = Event.objects.get(verb="clock.breached")
    assert (audited.subject_id, audited.proposal_id, audited.workflow_id) == (str(cycle.pk), subject, 7)
    assert (audited.actor_kind, audited.data["target"]) == ("system", "decide")
    told = OutboxEvent.objects.get(type=actions.BREACHED_EVENT)
    assert (told.subject_id, told.workflow_id) == (subject, 7)
    assert told.data == {"target": "decide", "target_text": "4wh", "due_at": cycle.due_at.isoformat()}


def test_a_second_sweep_finds_nothing(db, now):
    start_many(3, now)
    assert actions.mark_breaches(now=now + 2 * HOUR) == 3
    assert actions.mark_breaches(now=now + 2 * HOUR) == 0
    assert Event.objects.filter(verb="clock.breached").count() == 3


def test_a_sweep_takes_the_oldest_up_to_its_limit(db, now):
    early, late = start_many(2, now), start_many(2, now + HOUR)
    assert actions.mark_breaches(now=now + 9 * HOUR, limit=2) == 2
    assert set(ClockCycle.objects.filter(status="breached")) == set(early)
    assert actions.mark_breaches(now=now + 9 * HOUR, limit=2) == 2
    assert ClockCycle.objects.filter(pk__in=[cycle.pk for cycle in late], status="breached").count() == 2


def test_a_sweep_takes_a_handful_of_statements_for_many_too(db, now, django_assert_max_num_queries):
    start_many(300, now)
    with django_assert_max_num_queries(7):
        assert actions.mark_breaches(now=now + 2 * HOUR) == 300


def test_the_celery_task_sweeps_at_the_present_moment(db, now):
    start_many(2, now - timedelta(days=3650))
    assert tasks.mark_breaches() == 2


def in_threads(*jobs):
    """Run the jobs at the same time, each with a connection of its own."""
    ready = threading.Barrier(len(jobs))

    def run(job):
        try:
            ready.wait(timeout=10)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_at_once_mark_each_breach_once(now):
    cycles = start_many(400, now)

    def sweep():
        total = 0
        while marked := actions.mark_breaches(now=now + 2 * HOUR, limit=20):
            total += marked
        return total

    counts = in_threads(sweep, sweep)
    # A sweep that found only rows the other one held stops early; the next beat takes what is left.
    total = sum(counts) + actions.mark_breaches(now=now + 2 * HOUR)
    assert total == 400
    assert ClockCycle.objects.filter(status="breached").count() == len(cycles)
    assert ClockEvent.objects.filter(kind="breached").count() == 400
    assert Event.objects.filter(verb="clock.breached").count() == 400
    assert OutboxEvent.objects.filter(type=actions.BREACHED_EVENT).count() == 400


@pytest.mark.django_db(transaction=True)
def test_a_late_decision_and_a_sweep_at_once_make_one_breach(now):
    cycles = start_many(40, now)
    late = now + 2 * HOUR

    def decide():
        return sum(actions.meet(subject_id=cycle.subject_id, target="decide", now=late) for cycle in cycles)

    def sweep():
        return sum(actions.mark_breaches(now=late, limit=1) for _ in cycles)

    met, _swept = in_threads(decide, sweep)
    assert met == 40
    assert ClockCycle.objects.filter(status="met", breached_at__isnull=False).count() == 40
    assert ClockEvent.objects.filter(kind="breached").count() == 40
    assert ClockEvent.objects.filter(kind="met").count() == 40
    assert Event.objects.filter(verb="clock.breached").count() == 40


@pytest.mark.django_db(transaction=True)
def test_a_row_somebody_holds_does_not_stop_the_sweep(now):
    held, free = start_many(2, now)
    taken, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            ClockCycle.objects.select_for_update().get(pk=held.pk)
            taken.set()
            return done.wait(timeout=10)

    def sweep():
        assert taken.wait(timeout=10)
        try:
            return actions.mark_breaches(now=now + 2 * HOUR)
        finally:
            done.set()

    assert in_threads(hold, sweep) == [True, 1]
    free.refresh_from_db()
    assert free.status == "breached"
    assert actions.mark_breaches(now=now + 2 * HOUR) == 1
