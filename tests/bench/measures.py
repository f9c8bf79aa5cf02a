"""The measurements themselves, one function a part; each leaves its lines in the report."""

import cProfile
import io
import json
import pstats
import time
from collections.abc import Callable
from http.client import HTTPConnection
from uuid import uuid4

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from apps.intake.actions import submit
from apps.registry.models import Agent
from apps.reviews import claiming, settling
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus
from apps.routing.states import Verb
from tests import factories
from tests.bench import serving
from tests.bench.ceiling import Ceiling
from tests.bench.ground import Ground, crowd, stopwatch, taken
from tests.bench.load import sustained
from tests.bench.people import Reviewers
from tests.bench.report import Report
from tests.bench.waiters import wake_times

_LOCK_HEAD = f"""
    SELECT id FROM reviews_task WHERE id IN ({claiming.HEADS}) AND status = 'open'
     ORDER BY rank_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""
_CLAIM = """
    UPDATE reviews_task SET status = 'claimed', claimed_by_id = %s, claimed_at = now(), version = version + 1,
           lease_token = gen_random_uuid(), lease_expires_at = now() + interval '20 minutes' WHERE id = %s
"""
_DECIDE = """
    UPDATE reviews_task SET status = 'decided', settles_at = now(), deciders = ARRAY[%s]::bigint[],
           version = version + 1 WHERE id = %s
"""
_CLOSE = """
    UPDATE reviews_task SET status = 'done', claimed_by_id = NULL, claimed_at = NULL, lease_token = NULL,
           lease_expires_at = NULL, settles_at = NULL, closed_at = now(), version = version + 1 WHERE id = %s
"""
CLIENTS = 8
BATCH = 200


def create(ground: Ground, report: Report, quick: bool) -> None:
    """Single and batch creation over HTTP beside the same rows by pgbench."""
    seconds = 3 if quick else 15
    raw = Ceiling(ground).create()
    with serving.gunicorn() as port:
        sustained(port, _sender(ground.key, 1), clients=CLIENTS, seconds=2)
        single = sustained(port, _sender(ground.key, 1), clients=CLIENTS, seconds=seconds)
        batch = sustained(port, _sender(ground.key, BATCH), clients=CLIENTS, seconds=seconds)
    report.note("raw create, per second", f"{raw:.0f}")
    report.note("single create, per second", f"{single.per_second:.0f}")
    report.note(f"batch create ({BATCH} each), proposals per second", f"{batch.per_second:.0f}")
    report.at_least("single create / raw", single.per_second / raw, 0.05)
    report.at_least("batch create / raw", batch.per_second / raw, 0.25)


def _sender(key: str, number: int) -> Callable[[HTTPConnection, int, int], int]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def send(connection: HTTPConnection, _client: int, _round: int) -> int:
        bodies = [_body() for _item in range(number)]
        if number == 1:
            path, content = "/api/v1/proposals", json.dumps(bodies[0])
            extra = {"Idempotency-Key": uuid4().hex}
        else:
            items = [{"idempotency_key": uuid4().hex, "proposal": body} for body in bodies]
            path, content, extra = "/api/v1/proposals/batch", json.dumps({"items": items}), {}
        connection.request("POST", path, body=content, headers=headers | extra)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 202, 207):
            raise RuntimeError(f"creating answered {answer.status}: {text[:300]!r}")
        return number

    return send


def _body() -> dict[str, object]:
    number = uuid4().hex[:10]
    return factories.proposal_body(
        subject={"kind": "order", "id": number},
        action={"name": "cancel_order", "args": {"order_id": number, "reason": "no longer needed"}},
    )


def claim_and_decide(ground: Ground, report: Report, quick: bool) -> None:
    """Reviewers deciding over HTTP beside the same changes by pgbench."""
    backlog = 1_000 if quick else 5_000
    settled = _settled(ground)
    ceiling = Ceiling(ground)
    ceiling.fill(40_000)
    raw = ceiling.claim_and_decide(settled)
    with stopwatch(f"{backlog} waiting"):
        crowd(ground, open_tasks=backlog, decided=0, start=taken())
    reviewers = Reviewers(ground)
    with serving.gunicorn() as port:
        for client in range(CLIENTS):
            reviewers.start(port, client)
        sustained(port, reviewers.decide, clients=CLIENTS, seconds=2)
        rate = sustained(port, reviewers.decide, clients=CLIENTS, seconds=3 if quick else 15)
        looked = sustained(port, reviewers.decide_and_look, clients=CLIENTS, seconds=3 if quick else 10)
    report.note("raw claim and decide, per second", f"{raw:.0f}")
    report.note("claim and decide, per second", f"{rate.per_second:.0f}")
    report.note("the same with the next card read, per second", f"{looked.per_second:.0f}")
    report.at_least("claim and decide / raw", rate.per_second / raw, 0.10)


def churn(ground: Ground, report: Report, quick: bool) -> None:
    """The real claim among 1,000 waiting, then among 100,000 after 50,000 claims went through."""
    few, many, through = (500, 5_000, 1_000) if quick else (1_000, 100_000, 50_000)
    seconds = 2 if quick else 10
    clear()
    crowd(ground, open_tasks=few, decided=0, start=taken())
    before = _claims_per_second(ground, seconds)
    with stopwatch(f"{many + through} waiting"):
        crowd(ground, open_tasks=many + through, decided=0, start=taken())
    with stopwatch(f"{through} claims of churn"):
        _churn(ground, through)
    after = _claims_per_second(ground, seconds)
    report.note(f"claims per second, {few:,} waiting", f"{before:.0f}")
    report.note(f"claims per second, {many:,} waiting after {through:,} claims", f"{after:.0f}")
    report.at_least("claims after churn / before", after / before, 0.7)


def _claims_per_second(ground: Ground, seconds: float) -> float:
    """Claim by the real verb and give it back, one person after the other."""
    done, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        person = ground.reviewers[done % len(ground.reviewers)]
        task = claiming.claim_next(by=person, now=timezone.now())
        if task is None:
            break
        Task.objects.filter(pk=task.pk).update(status=TaskStatus.DECIDED, settles_at=timezone.now())
        done += 1
    return done / (time.perf_counter() - begun)


def _churn(ground: Ground, number: int) -> None:
    """Take tasks through the index as the verbs do: look at the heads, lock one, claim it; decide and close it.

    The commits do not wait for the disk: what they leave behind in the indexes is the same.
    """
    person = ground.reviewers[0].pk
    heads = claiming.heads_of([ground.queue.pk], person, 8)
    with database.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        for _claim in range(number):
            with transaction.atomic():
                cursor.execute(_LOCK_HEAD, heads)
                row = cursor.fetchone()
                if row is None:
                    raise RuntimeError("nothing waits any more")
                cursor.execute(_CLAIM, [person, row[0]])
            with transaction.atomic():
                cursor.execute(_DECIDE, [person, row[0]])
                cursor.execute(_CLOSE, [row[0]])
        cursor.execute("SET synchronous_commit = on")


def wait(ground: Ground, report: Report, quick: bool) -> None:
    """Agents waiting on one live process."""
    number = 200 if quick else 2_000
    agent = Agent.objects.get(pk=ground.house.agent.pk)
    ids = []
    for _start in range(0, number, BATCH):
        answers = submit(
            agent=agent,
            submissions=[factories.submission(_body()) for _item in range(BATCH)],
            now=timezone.now(),
        )
        ids += [answer.resource["id"] for answer in answers]  # type: ignore[union-attr]  # all are accepted
    with serving.uvicorn() as port:
        times = wake_times(port, ground.key, ids[:number], per_second=50)
    report.note(f"{number:,} waiting, woken at p50", f"{times[len(times) // 2] * 1000:.0f} ms")
    report.at_most(f"{number:,} waiting, woken at p99", times[int(len(times) * 0.99)] * 1000, 250, " ms")


def pages(ground: Ground, report: Report, quick: bool) -> None:
    """Queue page and decision card as the history grows; the open work stays the same."""
    sizes = [1_000, 10_000] if quick else [1_000, 100_000, 1_000_000]
    clear()
    number = taken()
    number = crowd(ground, open_tasks=500, decided=500, start=number)
    reviewers = Reviewers(ground)
    first: dict[str, float] = {}
    have = 1_000
    for size in sizes:
        if size > have:
            with stopwatch(f"{size:,} proposals"):
                number = crowd(ground, open_tasks=0, decided=size - have, start=number)
            have = size
        with serving.gunicorn(workers=1, threads=2) as port:
            card = _card(ground)
            for name, path in (
                ("queue page", f"/queues/{ground.queue.slug}/"),
                ("decision card", f"/tasks/{card}/"),
            ):
                p95 = _p95(port, reviewers, path, 20 if quick else 100)
                report.note(f"{name} at {size:,} proposals, p95", f"{p95 * 1000:.0f} ms")
                first.setdefault(name, p95)
                if size == sizes[-1]:
                    report.at_most(f"{name}: {size:,} / {sizes[0]:,}", p95 / first[name], 1.3)


def _p95(port: int, reviewers: Reviewers, path: str, times: int) -> float:
    def read(connection: HTTPConnection, _client: int, round_: int) -> int:
        if round_ >= times + 10:
            return 0
        status = reviewers.get(connection, path)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
        return 1

    sustained(port, lambda c, n, r: read(c, n, r + times) if r < 10 else 0, clients=1, seconds=60)
    return sustained(port, read, clients=1, seconds=120).percentile(0.95)


def _card(ground: Ground) -> str:
    """A task the first reviewer holds."""
    person = ground.reviewers[0]
    held = Task.objects.filter(claimed_by=person, status=TaskStatus.CLAIMED).first()
    task = held or claiming.claim_next(by=person, now=timezone.now())
    assert task is not None
    return str(task.pk)


def profile(ground: Ground, report: Report, quick: bool) -> None:
    """Where the time of a single creation and of a claim with decision goes, in our own functions."""
    agent = Agent.objects.get(pk=ground.house.agent.pk)
    number = 20 if quick else 200

    def created() -> None:
        submit(agent=agent, submissions=[factories.submission(_body())], now=timezone.now())

    def decided() -> None:
        person = ground.reviewers[1]
        task = claiming.claim_next(by=person, now=timezone.now())
        assert task is not None
        factories.decided(task, person, timezone.now(), Verb.APPROVE)

    for name, act in (("create", created), ("claim and decide", decided)):
        profiler = cProfile.Profile()
        profiler.enable()
        for _time in range(number):
            act()
        profiler.disable()
        text = io.StringIO()
        stats = pstats.Stats(profiler, stream=text).sort_stats("cumulative")
        stats.print_stats(r"apps/|psycopg/connection.py.*wait|orm|compiler.py.*execute_sql", 22)
        print(f"\n{name}, {number} times:\n{text.getvalue()}")
        report.note(f"{name} in process, ms each (profiled)", f"{stats.total_tt / number * 1000:.1f}")  # type: ignore[attr-defined]


def _settled(ground: Ground) -> str:
    """A proposal approved by the verbs, with its grant."""
    proposal = factories.pending(ground.house, timezone.now())
    task = factories.claimed(proposal, ground.reviewers[2], timezone.now())
    factories.decided(task, ground.reviewers[2], timezone.now())
    settling.settle_due(now=timezone.now())
    return str(proposal.pk)


def clear() -> None:
    """Close whatever waits, so that a measurement starts from an empty queue."""
    now = timezone.now()
    Task.objects.filter(status=TaskStatus.OPEN).update(status=TaskStatus.CANCELLED, closed_at=now)
    Task.objects.filter(status__in=[TaskStatus.CLAIMED, TaskStatus.DECIDED]).update(
        status=TaskStatus.CANCELLED,
        closed_at=now,
        claimed_by=None,
        claimed_at=None,
        lease_token=None,
        lease_expires_at=None,
        settles_at=None,
    )
