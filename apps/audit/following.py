"""Reads the log onwards, for whoever keeps figures of it: what was written after an event, in the order of writing.

Events are ordered by their ids, which hold the moment they were made. A verb commits a little after that, and clocks of
two machines differ a little: what was read within ten minutes of its making may have gaps. It is read again until it
was read later than that, so whoever follows has to count once what it is given twice.
"""

from collections.abc import Callable, Collection
from datetime import timedelta

from django.db import models, transaction
from django.utils import timezone

from apps.audit.ids import uuid7_at
from apps.audit.models import BEGINNING, Event

_SETTLED_AFTER = timedelta(minutes=10)


class ReadUntil(models.Model):
    """Until where one follower has read the log: its only row. Whoever reads holds its lock; one reads at a time.

    Nothing is missing up to `surely`, where the next sweep begins; `read_to` is how far this one has come.
    """

    ONLY = 1

    id = models.SmallIntegerField(primary_key=True, default=ONLY)
    surely = models.UUIDField(default=BEGINNING)
    read_to = models.UUIDField(default=BEGINNING)

    class Meta:
        abstract = True
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="%(class)s_is_one_row")]

    def __str__(self) -> str:
        return f"until {self.read_to}"


def read_on(
    mark: type[ReadUntil],
    *,
    verbs: Collection[str],
    act: Callable[[list[Event]], object],
    limit: int,
    waits: bool = False,
) -> int:
    """Let `act` count the next events of these verbs; `limit` where there were so many and may be more, else 0.

    0 as well while somebody else reads, unless it `waits` for them. What `act` writes and how far it was read are one
    transaction. Goes by the clock on the wall, as the ids of events do.
    """
    with transaction.atomic():
        row = locked(mark, waits=waits)
        if row is None:
            return 0
        settled = uuid7_at(timezone.now() - _SETTLED_AFTER)
        events = list(Event.objects.filter(pk__gt=row.read_to, verb__in=verbs).order_by("pk")[:limit])
        act(events)
        is_more = len(events) == limit
        if row.surely == row.read_to:
            row.surely = min(events[-1].pk, settled) if is_more else settled
        row.read_to = events[-1].pk if is_more else row.surely
        row.save(update_fields=["surely", "read_to"])
        return limit if is_more else 0


def locked(mark: type[ReadUntil], *, waits: bool) -> ReadUntil | None:
    """The row of a follower, made if there is none and locked until the transaction ends; None: somebody else reads."""
    rows = mark._default_manager
    rows.get_or_create(pk=ReadUntil.ONLY)
    return rows.select_for_update(skip_locked=not waits).filter(pk=ReadUntil.ONLY).first()
