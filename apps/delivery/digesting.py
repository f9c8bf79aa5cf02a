"""Which of a person's notifications leave now, each in a message of its own, and which wait to leave in one? Pure.

What may not wait leaves at once, alone. The rest waits for the end of quiet hours. If more than MOST messages would
then have come within WINDOW, what waits is held until the oldest of it is WINDOW old, and leaves as one digest. So a
flood costs its reader at most MOST + 1 messages in a WINDOW, and nothing waits longer than WINDOW for being part of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from apps.delivery.quiet import Quiet, quiet_end

MOST = 5
WINDOW = timedelta(minutes=15)


@dataclass(frozen=True)
class Item:
    """A notification that is in no message yet: when it was written, and whether it may wait."""

    id: UUID
    at: datetime
    may_wait: bool


@dataclass(frozen=True)
class Plan:
    """Each item is in exactly one place: `alone`, in the `digest`, or `waiting`, until `wait_until` (in the future)."""

    alone: tuple[Item, ...] = ()
    digest: tuple[Item, ...] = ()
    waiting: tuple[Item, ...] = ()
    wait_until: datetime | None = None


def plan(items: Sequence[Item], *, recent: Sequence[datetime], quiet: Quiet | None, now: datetime) -> Plan:
    """What becomes of a person's items. `recent`: when this person's last messages that could have waited left."""
    pressing = tuple(item for item in items if not item.may_wait)
    patient = tuple(sorted((item for item in items if item.may_wait), key=lambda item: (item.at, item.id)))
    if not patient:
        return Plan(alone=pressing)
    end = quiet_end(now, quiet) if quiet else None
    if end is not None:
        return Plan(alone=pressing, waiting=patient, wait_until=end)
    if len(still_recent(recent, now)) + len(patient) <= MOST:
        return Plan(alone=pressing + patient)
    flush_at = patient[0].at + WINDOW
    if flush_at > now:
        return Plan(alone=pressing, waiting=patient, wait_until=flush_at)
    if len(patient) == 1:
        return Plan(alone=pressing + patient)
    return Plan(alone=pressing, digest=patient)


def still_recent(moments: Sequence[datetime], now: datetime) -> list[datetime]:
    """Those that count against MOST at `now`."""
    return [moment for moment in moments if moment > now - WINDOW]
