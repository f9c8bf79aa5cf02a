"""How every sweeper takes due rows: one at a time, each in a transaction of its own, past rows that fail.

One poison row must not stop the others: it is logged, left as it was, and tried again by the next sweep.
"""

import time
from collections.abc import Callable, Collection
from typing import Any, TypeVar

import structlog
from django.db import models, transaction
from django.utils import timezone

log = structlog.get_logger(__name__)

# Then the next tick goes on: one sweeper must not keep a worker for itself.
_BUDGET_SECONDS = 10

Row = TypeVar("Row", bound=models.Model)


def sweep(
    *, next_due: Callable[[Collection[Any]], Row | None], act: Callable[[Row], None], limit: int
) -> int:
    """Let `act` handle up to `limit` rows; how many it did.

    `next_due(failed)` locks and returns the next due row whose key is not among `failed`, or None when there is none.
    Any number of sweepers may run if it locks with SKIP LOCKED, or if `act` locks and looks again.
    """
    failed: list[Any] = []
    done = 0
    while done + len(failed) < limit:
        row: Row | None = None
        try:
            with transaction.atomic():
                row = next_due(failed)
                if row is None:
                    break
                act(row)
        except Exception:
            if row is None:
                raise
            log.exception("row_failed", table=row._meta.db_table, key=str(row.pk))
            failed.append(row.pk)
        else:
            done += 1
    return done


def drain(sweeper: Callable[..., int], *, limit: int = 200) -> int:
    """Let a sweeper that takes `now` and up to `limit` rows come again while it found that many. How many in all.

    What an outage left behind is then worked off at the pace of the machine, not of the schedule.
    """
    ends = time.monotonic() + _BUDGET_SECONDS
    total = done = sweeper(now=timezone.now(), limit=limit)
    while done >= limit and time.monotonic() < ends:
        done = sweeper(now=timezone.now(), limit=limit)
        total += done
    return total
