"""Takes the label and the data out of events, so that the seals still verify (see `leaves`).

The one change an event ever sees: the trigger that refuses all others is passed here and nowhere else. Whoever calls
this records an event of their own in the same transaction, since erasing is also how evidence could be hidden. Who
acted, what they did and when stay.
"""

import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.audit.append_only import passing
from apps.audit.leaf_rows import read_columns
from apps.audit.leaves import EMPTY, ERASABLE, erasure
from apps.audit.models import Event

_EMPTIED: dict[str, Any] = {
    part: json.loads(EMPTY[part]) if part == "data" else EMPTY[part] for part in ERASABLE
}


def erase(events: "QuerySet[Event]", *, parts: Collection[str] = ERASABLE) -> int:
    """Empty these parts of events that still hold something in them; of how many."""
    emptied = {part: _EMPTIED[part] for part in parts}
    holds = Q()
    for part, nothing in emptied.items():
        holds |= ~Q(**{part: nothing})
    ids: list[UUID] = list(events.filter(holds).values_list("pk", flat=True))
    columns = read_columns(ids)
    with passing("audit.Event:append_only_rows"):
        for one in columns:
            Event.objects.filter(pk=one.id).update(**emptied, salt=None, erased=erasure(one, parts))
    return len(columns)
