"""When is a message tried again, and when does ReviewHub give up? Pure arithmetic over moments.

A message is tried ten times over about three days. An endpoint that does not answer rests as a whole, so that
one dead receiver with many messages does not keep the dispatchers busy.
"""

from datetime import datetime, timedelta
from uuid import UUID

# How long a dispatcher may hold what it claimed. Longer than any attempt can take.
LEASE = timedelta(seconds=60)

WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
_LONGEST_REST = timedelta(minutes=10)


def retry_at(*, attempts: int, message: UUID, now: datetime) -> datetime | None:
    """The moment of the next attempt after `attempts` failed ones (1 or more); None when that was the last.

    Up to a tenth is added, drawn from the message's own random bits, so that messages that failed together do
    not come back together.
    """
    if attempts > len(WAITS):
        return None
    wait = WAITS[attempts - 1]
    return now + wait * (1 + (message.int & 0xFFFF) / 0x10000 / 10)


def rest_until(*, failures: int, now: datetime) -> datetime:
    """How long an endpoint rests after `failures` (1 or more) in a row: 5 s, doubled, at most 10 min."""
    return now + min(timedelta(seconds=5) * 2 ** min(failures - 1, 10), _LONGEST_REST)
