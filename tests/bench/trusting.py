"""What the trust update costs inside a decision, and whether it grows with the ledger."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.test import Client

from apps.audit.turns import this_turn
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus
from apps.trust import actions as trust_actions
from tests.bench.ground import Ground, crowd, stopwatch, taken
from tests.bench.report import Report

_WARM_UP = 10


def trust(ground: Ground, report: Report, quick: bool) -> None:
    """The share of a reviewer's decision (one request) the trust update takes, at growing ledgers of its slice."""
    sizes = [100, 1_000, 10_000] if quick else [100, 1_000, 10_000, 100_000, 1_000_000]
    times = 20 if quick else 150
    have, spent = 0, []
    for size in sizes:
        with stopwatch(f"{size:,} ledger rows"):
            _fill(ground, have, size)
            crowd(ground, open_tasks=times + _WARM_UP + 1, decided=0, start=taken())
        have = size
        updates, decisions = _measured(ground, times)
        spent.append(median(updates))
        report.note(f"trust update at {size:,} ledger rows", f"{median(updates) * 1000:.2f} ms")
        share = median(updates) / median(decisions)
        report.at_most(f"trust update / decision at {size:,} ledger rows", share, 0.10)
    report.at_most(f"trust update: {sizes[-1]:,} / {sizes[0]:,} ledger rows", spent[-1] / spent[0], 1.3)


def _measured(ground: Ground, times: int) -> tuple[list[float], list[float]]:
    """Seconds of the trust updates and of the requests that held them."""
    person = ground.reviewers[3]
    browser = Client(headers={"host": "localhost"})
    browser.cookies["sessionid"] = ground.sessions[3]
    if not Task.objects.filter(claimed_by=person, status=TaskStatus.CLAIMED).exists():
        browser.post("/tasks/next/")
    decisions = []
    with _timed() as updates:
        for _decision in range(times + _WARM_UP):
            task = Task.objects.select_related("proposal").get(claimed_by=person, status=TaskStatus.CLAIMED)
            form = {
                "verb": "approve",
                "lease_token": str(task.lease_token),
                "version": task.version,
                "seen_sha256": task.proposal.args_sha256,
            }
            begun = time.perf_counter()
            answer = browser.post(f"/tasks/{task.pk}/decide/", form)
            decisions.append(time.perf_counter() - begun)
            if answer.status_code != 302:
                raise RuntimeError(f"deciding answered {answer.status_code}")
    return updates[_WARM_UP:], decisions[_WARM_UP:]


@contextmanager
def _timed() -> Iterator[list[float]]:
    """How long each trust update takes, with its own writes: they are sent in it, not with the rest of the decision."""
    spent: list[float] = []
    real = trust_actions.record

    def record(**given: Any) -> Any:
        turn = this_turn()
        assert turn is not None
        turn.send_changes()
        begun = time.perf_counter()
        entry = real(**given)
        turn.send_changes()
        spent.append(time.perf_counter() - begun)
        return entry

    with patch.object(trust_actions, "record", record):
        yield spent


def _fill(ground: Ground, have: int, size: int) -> None:
    """Ledger rows of earlier decisions in the slice that is decided on."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO trust_ledgerentry (slice_id, agent_version_id, proposal_id, source_kind, source_id,
                      is_counted, not_counted_because, wrong, confidence, basis, rate, band, feeds, tested, subject,
                      content_sha256, divergence, differing, decided_by, at)
               SELECT %s, %s, gen_random_uuid(), 'decision', gen_random_uuid(), true, '', mod(n, 20) = 0, 0.8,
                      'full', 1, 3, 'proof', 0.04, 'order:#L' || n, md5('l' || n) || md5('m' || n), '', '{}',
                      'A reviewer', now() - n * interval '1 minute'
                 FROM generate_series(%s + 1, %s) AS n""",
            [ground.model.slice_id, ground.model.agent_version_id, have, size],
        )
        cursor.execute("VACUUM ANALYZE trust_ledgerentry")
