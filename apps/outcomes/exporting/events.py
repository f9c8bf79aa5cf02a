"""The events of a log as they are exported: case by case, each with the proposal it tells about.

One statement reads everything, so that events, cases and proposals fit each other whatever comes in meanwhile; its rows
come through a cursor of the database's. A period chooses whole cases: those with an event in it. A case that is cut
would seem to have taken less time than it did.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from apps.audit.days import midnight
from apps.outcomes.models import EventLog

_ROWS = 2000
_EVENTS = """
    SELECT event.id, event."case", event.activity, event.at, event.resource, event.cost,
           proposal.id, action.name, agent.name, version.label, proposal.consequence, proposal.reversibility,
           proposal.confidence, proposal.stage, proposal.route, proposal.status, proposal.created_at
      FROM outcomes_logevent AS event
      LEFT JOIN audit_event AS told
             ON told.id = CASE WHEN event.source LIKE 'own:%%' THEN substr(event.source, 5)::uuid END
      LEFT JOIN proposals_proposal AS proposal ON proposal.id = told.proposal_id
      LEFT JOIN registry_actiontype AS action ON action.id = proposal.action_type_id
      LEFT JOIN registry_agent AS agent ON agent.id = proposal.agent_id
      LEFT JOIN registry_agentversion AS version ON version.id = proposal.agent_version_id
     WHERE event.log_id = %(log)s {some} {kept}
     ORDER BY event."case", event.at, event.position, event.id
"""
_SOME = """
       AND event."case" IN (SELECT "case" FROM outcomes_logevent
                             WHERE log_id = %(log)s AND at >= %(since)s AND at < %(until)s)
"""
_KEPT = "AND (told.proposal_id IS NULL OR told.proposal_id <> ALL(%(without)s::uuid[]))"


@dataclass(frozen=True, slots=True)
class About:
    """The proposal an event tells about, as it stands now."""

    id: UUID
    action: str
    agent: str
    agent_version: str
    consequence: str
    reversibility: str
    confidence: float
    stage: str
    route: str
    status: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Happened:
    """One event. `key` is its number in the log; `about` None for what ReviewHub did not tell itself."""

    key: int
    case: str
    activity: str
    at: datetime
    resource: str
    cost: Decimal | None = None
    about: About | None = None


def events_in(
    log: EventLog, *, since: date | None = None, until: date | None = None, without: Collection[UUID] = ()
) -> Iterator[Happened]:
    """Every event of the log, case by case and each case in its order; with a day given, only of the cases meant.

    `since` and `until` are the first and the last day of the period, in the site's time zone; None: no bound. What
    ReviewHub told of the proposals in `without` is left out.
    """
    some = _SOME if since or until else ""
    values: dict[str, Any] = {"log": log.pk, "without": list(without)}
    if some:
        values |= {
            "since": midnight(since) if since else "-infinity",
            "until": _next_midnight(until) if until else "infinity",
        }
    # Outside of a transaction the database keeps the rows aside, so that who downloads slowly holds nothing open.
    with connection.chunked_cursor() as cursor:
        cursor.execute(_EVENTS.format(some=some, kept=_KEPT if without else ""), values)
        while rows := cursor.fetchmany(_ROWS):
            for key, case, activity, at, resource, cost, proposal, *rest in rows:
                about = About(proposal, *rest) if proposal is not None else None
                yield Happened(key, case, activity, at, resource, cost, about)


def _next_midnight(day: date) -> datetime | str:
    """When a day is over; the last day there is never is."""
    return midnight(day + timedelta(days=1)) if day < date.max else "infinity"
