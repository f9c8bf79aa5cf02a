"""The desk in a real Chromium: a decision and its next card, many viewers of one queue, up to a hundred real cases."""

import json
import subprocess
import sys
import time

from django.db import connection as database
from django.utils import timezone
from playwright.sync_api import Page

from apps.accounts.models import User
from apps.intake.actions import submit
from apps.proposals.models import Proposal
from apps.registry.models import Agent
from apps.reviews.models import Decision, Task
from apps.reviews.states import TaskStatus
from tests import factories
from tests.bench import serving
from tests.bench.easy_cases import lay_out
from tests.bench.ground import Ground, crowd, stopwatch
from tests.bench.report import Report
from tests.bench.window import Press, approve_one_after_another, window

# Notes when the page's number of waiting tasks changed, as it is painted.
_WATCH = """
() => {
  window.seen = [];
  let last = null;
  const note = () => {
    const figure = Number(document.querySelector('[data-figure$=" waiting"]')?.textContent);
    if (figure === last) return;
    last = figure;
    requestAnimationFrame(() => seen.push([Date.now() / 1000, figure]));
  };
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
}
"""
Told = list[tuple[float, int]]


def desk(ground: Ground, report: Report, quick: bool) -> None:
    """On a history of a million proposals and a queue of ten thousand."""
    open_tasks, decided = (200, 2_000) if quick else (10_000, 990_000)
    _close_whatever_waits()
    with stopwatch(f"{open_tasks + decided:,} proposals"):
        taken = Proposal.objects.filter(external_id__startswith="crowd-").count()
        crowd(ground, open_tasks=open_tasks, decided=max(decided - taken, 0), start=taken)
    _next_card(ground, report, 10 if quick else 200)
    _live(ground, report, viewers=20 if quick else 200, seconds=3 if quick else 20)
    _easy_cases(ground, report, 10 if quick else 100)


def _next_card(ground: Ground, report: Report, number: int) -> None:
    with serving.gunicorn() as port, window(port, ground.sessions[0]) as page:
        page.goto(f"/queues/{ground.queue.slug}/")
        # The first ones fill the caches of the browser and of the processes.
        presses = approve_one_after_another(page, number + 5)[5:]
    server = _p95([one.server for one in presses])
    report.at_most("decision to next card, server at p95", server, 100, " ms")
    report.note("the same, in times of a million Python additions", f"{server / _million_additions():.2f}")
    report.at_most(
        "decision to next card, painted at p95", _p95([one.painted for one in presses]), 200, " ms"
    )


def _million_additions() -> float:
    """Milliseconds; what to divide a figure by before it is compared with that of another machine. The best of five."""
    took = []
    for _ in range(5):
        begun, total = time.perf_counter(), 0
        for one in range(1_000_000):
            total += one
        took.append(time.perf_counter() - begun)
    return min(took) * 1000


def _live(ground: Ground, report: Report, *, viewers: int, seconds: int, per_second: int = 20) -> None:
    path = f"/queues/{ground.queue.slug}/"
    command = [sys.executable, "-m", "tests.bench.viewers"]
    with (
        serving.uvicorn() as port,
        window(port, ground.sessions[0], is_live=True) as page,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as crowd_of_viewers,
    ):
        assert crowd_of_viewers.stdin is not None
        assert crowd_of_viewers.stdout is not None
        asked = {"port": port, "sessions": ground.sessions, "viewers": viewers - 1, "path": path}
        crowd_of_viewers.stdin.write(json.dumps(asked) + "\n")
        crowd_of_viewers.stdin.flush()
        assert crowd_of_viewers.stdout.readline() == "watching\n"
        page.goto(path)
        page.wait_for_selector("body[data-live]", state="attached")
        page.evaluate(_WATCH)
        listening = _listening()
        happened = _send(ground, number=seconds * per_second, per_second=per_second)
        seen = _seen(page, happened[-1][1])
        crowd_of_viewers.stdin.write("stop\n")
        crowd_of_viewers.stdin.flush()
        heard: Told = [(at, figure) for at, figure in json.loads(crowd_of_viewers.stdout.readline())]
    report.at_most(f"{viewers} viewers: connections that listen", listening, 1)
    report.note(f"{viewers} viewers told at p95", f"{_p95(_delays(happened, sorted(heard))):.0f} ms")
    report.at_most(
        f"{viewers} viewers, {per_second} events a second: event to visible at p95",
        _p95(_delays(happened, seen)),
        500,
        " ms",
    )


def _send(ground: Ground, *, number: int, per_second: int) -> Told:
    """Let proposals arrive; (moment it was committed, tasks that wait then) of each."""
    agent = Agent.objects.get(pk=ground.house.agent.pk)
    waiting = Task.objects.filter(queue=ground.queue, status=TaskStatus.OPEN).count()
    happened: Told = []
    begun = time.perf_counter()
    for n in range(number):
        pause = begun + n / per_second - time.perf_counter()
        if pause > 0:
            time.sleep(pause)
        body = factories.proposal_body(subject={"kind": "order", "id": f"#L{n}"})
        submit(agent=agent, submissions=[factories.submission(body)], now=timezone.now())
        happened.append((time.time(), waiting + n + 1))
    return happened


def _seen(page: Page, last: int) -> Told:
    page.wait_for_function("figure => seen.at(-1)?.[1] >= figure", arg=last, timeout=60_000)
    return [(at, figure) for at, figure in page.evaluate("seen")]


def _delays(happened: Told, told: Told) -> list[float]:
    """Seconds from each event to the first figure that holds it."""
    delays, position = [], 0
    for at, figure in happened:
        while position < len(told) - 1 and told[position][1] < figure:
            position += 1
        delays.append(max(told[position][0] - at, 0.0))
    return delays


def _easy_cases(ground: Ground, report: Report, most: int) -> None:
    laid = lay_out(ground, most)
    if laid is None:
        report.note("easy real cases", "not here")
        return
    number, queue, person, session = laid
    with serving.gunicorn() as port, window(port, session) as page:
        page.goto(f"/queues/{queue.slug}/")
        begun = time.perf_counter()
        presses: list[Press] = approve_one_after_another(page, number)
        whole = time.perf_counter() - begun
    _check_decided(person, number)
    mean = sum(one.painted for one in presses) / len(presses)
    report.note(f"{number} easy real cases, seconds a case without time to think", f"{mean:.3f}")
    report.note(
        f"{number} easy real cases, seconds a case with the pause that guards it", f"{whole / number:.3f}"
    )


def _check_decided(person: User, number: int) -> None:
    made = Decision.objects.filter(by=person, verb="approve").count()
    if made != number:
        raise RuntimeError(f"{made} of {number} cases were approved")


def _listening() -> int:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'reviewhub live' "
            "AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def _close_whatever_waits() -> None:
    now = timezone.now()
    Task.objects.filter(status=TaskStatus.OPEN).update(status=TaskStatus.CANCELLED, closed_at=now)


def _p95(seconds: list[float]) -> float:
    """The 95th percentile, in milliseconds."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] * 1000
