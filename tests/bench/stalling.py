"""What it costs that nothing stalls: the auditor's look, and due steps taken by real dispatchers."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

from django.db import connection
from django.utils import timezone

from apps.escalation import auditing, looking, sweeping
from apps.escalation.models import StepExecution
from tests.bench.ground import Ground, crowd, stopwatch, taken
from tests.bench.measures import clear
from tests.bench.report import Report
from tests.bench.step_ceiling import StepCeiling
from tests.escalation.conftest import save, staff

# Half of the four hours to decide are over, so the first step is due and the second is not.
_DUE = """
    WITH waiting AS (SELECT id, proposal_id FROM reviews_task WHERE closed_at IS NULL),
         started AS (
             UPDATE sla_clockcycle cycle SET started_at = now() - interval '150 min', due_at = now() + interval '90 min'
               FROM waiting
              WHERE waiting.proposal_id = cycle.subject_id AND cycle.target = 'decide' AND cycle.status = 'running'
         )
    UPDATE escalation_escalationrun run
       SET next_at = now() - interval '30 min', due_at = now() - interval '30 min',
           chain_version_id = (SELECT max(id) FROM escalation_chainversion)
      FROM waiting WHERE waiting.id = run.task_id AND run.ended_at IS NULL
"""


def audit(ground: Ground, report: Report, quick: bool) -> None:
    """One look of the auditor over very many open tasks."""
    number = 10_000 if quick else 100_000
    clear()
    with stopwatch(f"{number:,} open tasks"):
        crowd(ground, open_tasks=number, decided=0, start=taken())
    looks = [_seconds(lambda: looking.look(timezone.now())) for _look in range(5)]
    report.at_most(f"a look over {number:,} open tasks, median", statistics.median(looks), 1.0, " s")
    report.note(
        "a whole audit with its record", f"{_seconds(lambda: auditing.audit(now=timezone.now())):.2f} s"
    )
    # Whoever stalls among them is found: every hundredth step is late, and the look takes no longer for it.
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE escalation_escalationrun SET next_at = now() - interval '1 hour'"
            " WHERE ended_at IS NULL AND id % 100 = 0"
        )
    report.at_most(
        "the same with one in a hundred late", _seconds(lambda: looking.look(timezone.now())), 1.0, " s"
    )


def steps(ground: Ground, report: Report, quick: bool) -> None:
    """Due steps by one and by two dispatchers beside the same rows by pgbench; and a sweep when none is due."""
    number = 1_000 if quick else 10_000
    staff(ground.house)
    save(ground.house)
    raw = _raw(ground, quick)
    one = _drained(ground, number, dispatchers=1)
    two = _drained(ground, number, dispatchers=2)
    report.note("raw steps, per second", f"{raw:.0f}")
    report.note(f"{number:,} due steps by one dispatcher, per second", f"{one:.0f}")
    report.note(f"{number:,} due steps by two dispatchers, per second", f"{two:.0f}")
    report.at_least("steps / raw", max(one, two) / raw, 0.3)
    report.at_least("two dispatchers / one", two / one, 1.0)
    few, many = (200, 2_000) if quick else (1_000, 100_000)
    idle = {size: _idle(ground, size) for size in (few, many)}
    report.note(f"a sweep with nothing due, {few:,} open tasks", f"{idle[few] * 1000:.2f} ms")
    report.note(f"a sweep with nothing due, {many:,} open tasks", f"{idle[many] * 1000:.2f} ms")
    report.at_most(f"idle sweep: {many:,} / {few:,} open tasks", idle[many] / idle[few], 1.3)


def _raw(ground: Ground, quick: bool) -> float:
    """Steps a second by the bare database: one taken by ReviewHub is the model of the rows."""
    _due(ground, 1)
    _sweep_all()
    model = StepExecution.objects.latest("pk")
    ceiling = StepCeiling(ground, model)
    ceiling.fill_due(10_000 if quick else 40_000)
    return ceiling.take_steps(seconds=3 if quick else 10)


def _due(ground: Ground, number: int) -> None:
    """This many open tasks whose first step is due, and no other."""
    clear()
    crowd(ground, open_tasks=number, decided=0, start=taken())
    with connection.cursor() as cursor:
        cursor.execute(_DUE)
        cursor.execute("VACUUM ANALYZE escalation_escalationrun, sla_clockcycle")


def _drained(ground: Ground, number: int, *, dispatchers: int) -> float:
    """Steps a second until all are taken, by so many processes."""
    with stopwatch(f"{number:,} due steps"):
        _due(ground, number)
    before = StepExecution.objects.count()
    with ExitStack() as stack:
        crew = [stack.enter_context(_dispatcher()) for _process in range(dispatchers)]
        for process in crew:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        begun = time.perf_counter()
        for process in crew:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in crew:
            if process.wait() != 0:
                raise RuntimeError("a dispatcher failed; its error is above")
        spent = time.perf_counter() - begun
    done = StepExecution.objects.count() - before
    if done != number:
        raise RuntimeError(f"{done:,} of {number:,} steps were taken")
    return number / spent


def _dispatcher() -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.bench.dispatcher"]
    return subprocess.Popen(
        command, env={**os.environ}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _idle(ground: Ground, number: int) -> float:
    """The median seconds of a sweep that finds nothing, among so many open tasks."""
    clear()
    with stopwatch(f"{number:,} open tasks"):
        crowd(ground, open_tasks=number, decided=0, start=taken())
    _sweep_all()
    return statistics.median(_seconds(lambda: sweeping.run_due(now=timezone.now())) for _sweep in range(51))


def _sweep_all() -> None:
    """Until nothing is due: what earlier parts closed ends first."""
    while sweeping.run_due(now=timezone.now()):
        pass


def _seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun
