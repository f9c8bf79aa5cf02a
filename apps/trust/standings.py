"""Finds the standing of an agent version in a slice, or makes it, and locks both: the slice, then the standing."""

from datetime import datetime

from apps.audit.ids import uuid7
from apps.audit.reading import Reading
from apps.trust import controller
from apps.trust.models import Slice, Standing, TrustEvent
from apps.trust.states import Move
from apps.trust.terms import rules_of, terms_of

_STANDINGS = Reading(Standing, "slice")
# PostgreSQL locks in the order of this list: the slice first, as everybody does, or two of them would block each other.
_LOCKED = """
    WHERE trust_standing.slice_id = %s AND trust_standing.agent_version_id = %s
      FOR NO KEY UPDATE OF trust_slice, trust_standing
"""


def locked_standing(slice_id: int, agent_version_id: int, now: datetime) -> Standing:
    """The standing with its slice, locked until the transaction ends; made when this version had none there.

    One query, but for the first time. Raises Slice.DoesNotExist.
    """
    found = _locked(slice_id, agent_version_id)
    if found is None:
        # Whoever comes second waits for the slice and finds what the first has made.
        row = Slice.objects.select_for_update(no_key=True).get(pk=slice_id)
        found = _locked(slice_id, agent_version_id) or _made(row, agent_version_id, now)
    return found


def _locked(slice_id: int, agent_version_id: int) -> Standing | None:
    return _STANDINGS.first(_LOCKED, [slice_id, agent_version_id])


def _made(row: Slice, agent_version_id: int, now: datetime) -> Standing:
    terms = terms_of(row)
    # A version that comes after a failed one does not begin with the first, easiest attempt.
    earlier = (
        Standing.objects.filter(slice=row).order_by("-attempt").values_list("attempt", flat=True).first()
    )
    earned = controller.fresh(len(terms.edges), earlier or 1)
    standing = Standing.objects.create(
        id=uuid7(),
        slice=row,
        agent_version_id=agent_version_id,
        attempt=earned.attempt,
        n=list(earned.n),
        k=list(earned.k),
        seen=list(earned.n),
        created_at=now,
        changed_at=now,
    )
    TrustEvent.objects.create(
        slice=row,
        agent_version_id=agent_version_id,
        move=Move.OPENED,
        at=now,
        attempt=earned.attempt,
        n=list(earned.n),
        k=list(earned.k),
        running=0,
        alarm=0,
        miss_rate=terms.misses,
        criteria_sha256=rules_of(row).sha256,
    )
    return standing
