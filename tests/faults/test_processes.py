"""Worker, beat, broker and database sessions are killed while tasks escalate on the real clock.

A task has a decide target of a minute here, and a chain that tells somebody at three shares of it and then repeats its
end; each test does its harm while that goes on, between steps wherever it falls.
"""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection
from django.utils import timezone

from apps.escalation.models import EscalationRun, StepExecution
from apps.proposals.models import Proposal
from tests import factories
from tests.factories import House
from tests.faults import settings as quick
from tests.faults.conftest import QUICK
from tests.faults.installation import (
    Broker,
    EmbeddedBroker,
    GivenBroker,
    Installation,
    end_sessions,
    installed,
)
from tests.faults.promise import assert_kept
from tests.waiting import until

pytestmark = pytest.mark.timeout(240)
TASKS = 24
MOST_HARM = 4


@pytest.fixture(params=["embedded", pytest.param("given", marks=pytest.mark.services)])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Broker:
    """The embedded one; with the service suite the one this machine has."""
    return EmbeddedBroker(tmp_path) if request.param == "embedded" else GivenBroker()


@pytest.fixture
def running(quick_house: House, tmp_path: Path, broker: Broker) -> Iterator[Installation]:
    """A worker and a beat, at work."""
    with installed(tmp_path, broker) as installation:
        installation.start("worker", "beat")
        until(lambda: escalates(quick_house), 90)
        yield installation


def escalates(house: House) -> bool:
    """Whether processes take steps: one task a second, until one of them gets its step."""
    factories.pending(house, now=timezone.now() - timedelta(seconds=2))
    time.sleep(0.5)
    return StepExecution.objects.exists()


def opened(house: House, ago: timedelta = timedelta(), spread: float = 2) -> list[Proposal]:
    """Tasks opened evenly over so many seconds up to `ago`."""
    now = timezone.now() - ago
    return [
        factories.pending(house, now=now - timedelta(seconds=spread * number / TASKS), subject=order(number))
        for number in range(TASKS)
    ]


def hands_are_empty() -> bool:
    """Whether no other session has asked the database anything for two seconds; beat, which looks at its schedule all
    the time, does not count.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' AND query NOT LIKE '%django_celery_beat%'"
            " AND (state <> 'idle' OR state_change > now() - interval '2 s')"
        )
        return cursor.fetchone() == (0,)


def order(number: int) -> dict[str, str]:
    return {"kind": "order", "id": f"#{number}"}


def through(proposals: list[Proposal]) -> bool:
    """Whether the last step of each has been taken."""
    runs = EscalationRun.objects.filter(task__proposal__in=proposals, loop__gt=0)
    return runs.count() == len(proposals)


def harm_until_through(
    running: Installation, proposals: list[Proposal], harm: Callable[[int], object], every: float
) -> int:
    """Do harm again and again while the chains run; how often. Then let everything come to rest."""
    times, ends = 0, time.monotonic() + 90
    while not through(proposals):
        assert time.monotonic() < ends, running.said()
        if times < MOST_HARM:
            harm(times)
            times += 1
        running.keep_running()
        time.sleep(every)
    return times


def steps_of(proposals: list[Proposal]) -> list[tuple[str, int, int]]:
    return sorted(
        (str(proposal), step, loop)
        for proposal, step, loop in StepExecution.objects.filter(
            run__task__proposal__in=proposals
        ).values_list("run__task__proposal", "step", "loop")
    )


def each_once(proposals: list[Proposal]) -> list[tuple[str, int, int]]:
    return sorted((str(proposal.pk), step, 0) for proposal in proposals for step in range(len(QUICK)))


def test_worker_beat_messages_and_sessions_are_killed_between_steps(
    quick_house: House, running: Installation
) -> None:
    """One after the other: SIGKILL for worker and beat, a flushed broker, sessions ended by the database."""
    ended: list[int] = []
    harms: list[tuple[Callable[[int], object], float]] = [
        (lambda _time: running.kill("worker"), 1.5),
        (lambda _time: running.kill("beat"), 1.5),
        (lambda _time: running.broker.flush(running.queue), 0.4),
        (lambda _time: ended.append(end_sessions()), 0.3),
    ]
    for harm, every in harms:
        proposals = opened(quick_house)
        assert harm_until_through(running, proposals, harm, every)
        assert steps_of(proposals) == each_once(proposals)
    assert sum(ended) > 0
    assert_kept()


def test_the_broker_is_away_for_minutes_and_proposals_come_all_the_same(
    quick_house: House, running: Installation
) -> None:
    """What came when it went is ten minutes old when it is back: the latest step is taken and the rest skipped."""
    running.broker.stop()
    until(lambda: "Connection to broker lost" in running.said(), 30)
    until(hands_are_empty)
    long_ago = opened(quick_house, ago=timedelta(minutes=10))
    late = opened(quick_house)
    time.sleep(3)
    assert not StepExecution.objects.filter(run__task__proposal__in=[*long_ago, *late]).exists()
    running.broker.start()
    proposals = [*long_ago, *late]
    until(lambda: running.keep_running() or through(proposals), 90)
    assert steps_of(proposals) == each_once(proposals)
    taken = StepExecution.objects.filter(run__task__proposal__in=long_ago)
    assert {(row.step, row.outcome) for row in taken} == {(0, "skipped"), (1, "skipped"), (2, "done")}
    assert_kept()


def test_two_beats_two_workers_and_duplicate_and_days_old_messages_take_no_step_twice(
    quick_house: House, running: Installation
) -> None:
    running.start("worker", "beat")
    proposals = opened(quick_house)
    with Celery(broker=running.broker.url) as sender:
        sender.conf.task_default_queue = running.queue

        def send(time_: int) -> None:
            for name in ("run_due", "warn_due", "audit"):
                for _again in range(10):
                    sender.send_task(f"apps.escalation.tasks.{name}", queue=running.queue)
                old = timezone.now() - timedelta(days=3)
                sender.send_task(f"apps.escalation.tasks.{name}", queue=running.queue, eta=old)
            if time_ == 0:
                # However long a slow machine took for the first flood: there are chains for the second one.
                proposals.extend(opened(quick_house))

        assert harm_until_through(running, proposals, send, 0.5) > 1
    assert steps_of(proposals) == each_once(proposals)
    assert_kept()


def test_everything_is_killed_at_once_and_started_again(quick_house: House, running: Installation) -> None:
    proposals = opened(quick_house)

    def harm(time_: int) -> None:
        if time_ < 2:
            for name in ("worker", "beat"):
                running.kill(name)
            running.broker.stop()
            end_sessions()
            assert [words for words in running.left() if "valkey" not in words] == []
            running.broker.start()

    harm_until_through(running, proposals, harm, 2)
    assert steps_of(proposals) == each_once(proposals)
    assert_kept()


def test_the_processes_of_these_tests_work_like_the_installations_own() -> None:
    """Faster is all they may be: the same tasks, each woken by the same schedule."""
    assert quick.CELERY_BEAT_SCHEDULE.keys() <= settings.CELERY_BEAT_SCHEDULE.keys()
    for name, entry in quick.CELERY_BEAT_SCHEDULE.items():
        assert entry["task"] == settings.CELERY_BEAT_SCHEDULE[name]["task"]
