"""Is the log as it was sealed? Walks all seals and their events in order, and stops at the first thing that is not.

It reads a seal and its events at a time, by their ids, so it needs the same memory for any log, and holds no
transaction open that would keep the database from cleaning up. It may run beside everything else.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import DataError

from apps.audit.accounting import accounted
from apps.audit.breaks import Break, Kind, Sealed, row_break, seal_break
from apps.audit.chaining import NOTHING, unpacked
from apps.audit.leaf_rows import LeafRow, read_leaves
from apps.audit.merkle import SIZE
from apps.audit.models import Event, Seal
from apps.audit.seal_keys import is_signed


@dataclass
class Verdict:
    """What was found up to `broken`, or in all of it. `number` and `head` are those of the last seal that holds."""

    number: int = 0
    head: bytes = NOTHING
    last_id: UUID | None = None
    seals: int = 0
    events: int = 0
    erased: int = 0
    unsealed: int = 0
    broken: Break | None = None


def verify(*, since: int = 1, head: bytes | None = None) -> Verdict:
    """Compare everything from seal number `since` on with what was sealed; what is before is taken as it stands.

    With `head`, which somebody kept elsewhere, a seal with that head has to be there: seals removed from the end, or a
    chain made anew, are found by nothing else.
    """
    verdict = _beginning(since)
    is_met = head is None or head == verdict.head
    try:
        while not verdict.broken and (seal := _after(verdict.number)):
            verdict.broken = _look(_sealed(seal), bytes(seal.signature), verdict)
            is_met = is_met or verdict.head == head
    except DataError:
        # A moment no clock shows, which only a hand can have written there.
        verdict.broken = Break(Kind.SEAL_CHANGED, verdict.number + 1)
    if not verdict.broken and not is_met:
        verdict.broken = Break(Kind.TRUNCATED, verdict.number)
    left = Event.objects.all() if verdict.last_id is None else Event.objects.filter(pk__gt=verdict.last_id)
    verdict.unsealed = left.count()
    return verdict


def _beginning(since: int) -> Verdict:
    if since == 1:
        return Verdict()
    before = Seal.objects.defer("ids", "leaves").filter(number=since - 1).first()
    if before is None:
        return Verdict(broken=Break(Kind.SEAL_MISSING, since - 1))
    return Verdict(number=before.number, head=bytes(before.head), last_id=before.last_id)


def _after(number: int) -> Seal | None:
    return Seal.objects.filter(number__gt=number).order_by("number").first()


def _look(seal: Sealed, signature: bytes, verdict: Verdict) -> Break | None:
    """What is wrong with the next seal; if nothing is, the verdict has it in."""
    number = verdict.number + 1
    broken = seal_break(seal, number=number, previous=verdict.head)
    if broken is not None:
        return broken
    if not is_signed(seal.head, key=seal.key, signature=signature):
        return Break(Kind.SIGNATURE_WRONG, number)
    rows = read_leaves(after=verdict.last_id, until=seal.last_id, limit=seal.count + 1)
    broken = row_break(seal, [(row.id, row.leaf) for row in rows]) or _emptied(number, rows)
    if broken is not None:
        return broken
    verdict.number, verdict.head, verdict.last_id = number, seal.head, seal.last_id
    verdict.seals += 1
    verdict.events += seal.count
    verdict.erased += sum(bool(row.erased_of) for row in rows)
    return None


def _emptied(number: int, rows: list[LeafRow]) -> Break | None:
    """The first event that is erased by its own word, while no event of erasing speaks of it."""
    keys = {row.erased_of for row in rows if row.erased_of}
    unknown = keys - accounted(keys) if keys else keys
    found = (Break(Kind.EMPTIED_ROW, number, row.id) for row in rows if row.erased_of in unknown)
    return next(found, None)


def _sealed(seal: Seal) -> Sealed:
    return Sealed(
        number=seal.number,
        sealed_at=seal.sealed_at,
        first_id=seal.first_id,
        last_id=seal.last_id,
        count=seal.count,
        # A piece of another size is no id of an event: what was cut is told as a seal that was changed.
        ids=[UUID(bytes=piece.rjust(16, b"\0")) for piece in unpacked(bytes(seal.ids), 16)],
        leaves=unpacked(bytes(seal.leaves), SIZE),
        root=bytes(seal.root),
        previous=bytes(seal.previous),
        head=bytes(seal.head),
        key=bytes(seal.key),
    )
