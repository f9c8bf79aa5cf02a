"""Reads the log onwards, for whoever keeps figures of it: what was written after an event, in the order of writing.

Events are ordered by their ids, which hold the moment they were made. A verb commits a little after that, and clocks of
two machines differ a little: whoever has read to the end begins again at `settled` and has to count once what it reads
twice.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from apps.audit.ids import uuid7_at
from apps.audit.models import Event

_OVERLAP = timedelta(minutes=10)
BEGINNING = UUID(int=0)


def after(event_id: UUID, *, verbs: Collection[str], limit: int) -> list[Event]:
    """The next events of these verbs, at most `limit`."""
    return list(Event.objects.filter(pk__gt=event_id, verb__in=verbs).order_by("pk")[:limit])


def settled(at: datetime) -> UUID:
    """Whatever was made before this was committed by `at`, the wall clock's moment."""
    return uuid7_at(at - _OVERLAP)
