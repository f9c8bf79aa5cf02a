"""The live log of a workflow: the events of its process since, told by ReviewHub itself, by agents, and by uploads.

An event has its teller's own name for it (`source`); told twice it is kept once. Its case is measured again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from apps.outcomes import folding
from apps.outcomes.models import EventLog
from apps.outcomes.states import LogStatus, LogUse
from apps.registry.models import Workflow

LIVE_NAME = "live"
_INSERT = """
    INSERT INTO outcomes_logevent (log_id, "case", at, position, activity, resource, cost, source)
    SELECT %(log)s, given."case", given.at, 0, given.activity, given.resource, given.cost,
           given.source
      FROM unnest(%(cases)s::text[], %(ats)s::timestamptz[], %(activities)s::text[], %(resources)s::text[],
                  %(costs)s::numeric[], %(sources)s::text[]) AS given ("case", at, activity, resource, cost, source)
    ON CONFLICT (log_id, source) WHERE NOT source = '' DO NOTHING
    RETURNING "case"
"""


@dataclass(frozen=True, slots=True)
class Told:
    """One event as somebody tells it; `source` names it among all events of the log. `cost` None: nobody said."""

    case: str
    activity: str
    at: datetime
    resource: str
    source: str
    cost: Decimal | None = None


def live_log_of(workflow: Workflow) -> EventLog:
    """The live log of this workflow, made when there is none."""
    log, _made = EventLog.objects.select_related("workflow").get_or_create(
        workflow=workflow,
        is_live=True,
        defaults={
            "name": LIVE_NAME,
            "use": LogUse.LIVE,
            "status": LogStatus.READY,
            "created_at": timezone.now(),
        },
    )
    return log


def tell(log: EventLog, events: Collection[Told]) -> int:
    """Keep events of a live log and have their cases measured; how many were new. Part of the caller's transaction."""
    # In the same order everywhere, so that two who tell the same do not wait for each other in a ring.
    some: Sequence[Told] = sorted(events, key=lambda one: one.source)
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "log": log.pk,
                "cases": [one.case for one in some],
                "ats": [one.at for one in some],
                "activities": [one.activity for one in some],
                "resources": [one.resource for one in some],
                "costs": [one.cost for one in some],
                "sources": [one.source for one in some],
            },
        )
        cases = [case for (case,) in cursor.fetchall()]
    if cases:
        folding.touch(log, cases)
    return len(cases)
