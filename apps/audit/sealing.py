"""Seals what was written: takes committed events in the order of their ids, in blocks, and makes a `Seal` of each.

Writers wait for nothing and nobody. A block may only be sealed when no event can come in among its ids any more,
however long a transaction takes and whatever clock made an id. So the sealer first moves the fence: an event that is
inserted at or below it from then on gets a new id above it (a trigger on `Event`). Then it waits until all who were
writing at that moment, and may not have seen the fence, have ended. Only then it seals, up to the fence.

This rests on each statement seeing what is committed when it begins (READ COMMITTED, in which all verbs run).
"""

import time
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import connection, transaction

from apps.audit.chaining import NOTHING, head_of, packed
from apps.audit.ids import uuid7_at
from apps.audit.insertion import insert
from apps.audit.leaf_rows import read_leaves
from apps.audit.merkle import root
from apps.audit.models import BEGINNING, Seal, SealMark
from apps.audit.outside import send_heads, told
from apps.audit.seal_keys import public_keys, sign

# Time for a verb between making an event and writing it, and for clocks to differ, before ids are made anew.
_FENCE_BEHIND = timedelta(minutes=1)
_PATIENCE_SECONDS = 5
BLOCK = 1000
log = structlog.get_logger(__name__)


def seal_due(*, now: datetime, limit: int = 10 * BLOCK) -> int:
    """Seal up to `limit` events and send the heads outside; how many events. 0 as well while another one seals.

    `now` is written down as the moment of sealing; what is due goes by the clock of the database.
    """
    fence = _move_fence()
    done = 0
    if fence is not None and _writers_have_ended():
        is_more = True
        while is_more and done < limit:
            size = min(BLOCK, limit - done)
            sealed = _seal_block(fence, size, now)
            is_more = sealed == size
            done += sealed
    send_heads()
    return done


def _move_fence() -> UUID | None:
    """Let nothing come in any more that is older than a minute. None while another one seals."""
    SealMark.objects.get_or_create(pk=SealMark.ONLY)
    with transaction.atomic():
        mark = SealMark.locked()
        if mark is None:
            return None
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            (clock,) = cursor.fetchone()
        mark.fence = max(mark.fence, uuid7_at(clock - _FENCE_BEHIND))
        mark.save(update_fields=["fence"])
    return mark.fence


def _writers_have_ended() -> bool:
    """Wait for all that are writing events now; False where some take longer than a sweep should."""
    ends = time.monotonic() + _PATIENCE_SECONDS
    waiting = _writers()
    while waiting and time.monotonic() < ends:
        time.sleep(0.05)
        waiting &= _writers()
    if waiting:
        log.warning("sealing_waits_for_open_transactions", transactions=len(waiting))
    return not waiting


def _writers() -> set[str]:
    """The other transactions that have inserted events: each holds a lock on the table until it ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock'"
            " AND relation = 'audit_event'::regclass AND pid IS DISTINCT FROM pg_backend_pid()"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return {one for (one,) in cursor}


def _seal_block(fence: UUID, size: int, now: datetime) -> int:
    """Make the next seal; of how many events. Whoever is killed in here has done nothing."""
    with transaction.atomic():
        if SealMark.locked() is None:
            return 0
        newest = Seal.objects.defer("ids", "leaves").order_by("-number").first()
        rows = read_leaves(after=newest.last_id if newest else BEGINNING, until=fence, limit=size)
        if rows:
            seal = _sealed([row.id for row in rows], [row.leaf for row in rows], newest, now)
            insert([seal])
            told(seal)
    return len(rows)


def _sealed(ids: list[UUID], leaves: list[bytes], newest: Seal | None, now: datetime) -> Seal:
    number = newest.number + 1 if newest else 1
    previous = bytes(newest.head) if newest else NOTHING
    key, top = public_keys()[0], root(leaves)
    head = head_of(number=number, ids=ids, root=top, previous=previous, key=key, sealed_at=now)
    return Seal(
        number=number,
        sealed_at=now,
        first_id=ids[0],
        last_id=ids[-1],
        count=len(ids),
        ids=packed(ids),
        leaves=b"".join(leaves),
        root=top,
        previous=previous,
        head=head,
        key=key,
        signature=sign(head),
    )
