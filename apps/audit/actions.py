"""Writes audit events, always inside the transaction of the verb they tell about."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.audit.actors import SYSTEM, Acting
from apps.audit.insertion import insert_at_end
from apps.audit.models import Event

# What a verb acted on: its kind (`proposal`), its key, and optionally how it is called.
Subject = tuple[str, object] | tuple[str, object, str]


def event(
    *,
    verb: str,
    now: datetime,
    subject: Subject,
    by: Acting | None = None,
    workflow_id: int | None = None,
    proposal_id: UUID | None = None,
    data: dict[str, Any] | None = None,
) -> Event:
    """An unsaved event, for verbs that write many rows at once with `record_many`."""
    actor = by.actor if by is not None else SYSTEM
    kind, key, *label = subject
    return Event(
        at=now,
        verb=verb,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:200],
        subject_kind=kind,
        subject_id=str(key),
        subject_label=str(label[0])[:300] if label else "",
        workflow_id=workflow_id,
        proposal_id=proposal_id,
        data=data or {},
    )


def record(
    *,
    verb: str,
    now: datetime,
    subject: Subject,
    by: Acting | None = None,
    workflow_id: int | None = None,
    proposal_id: UUID | None = None,
    data: dict[str, Any] | None = None,
) -> Event:
    """Write one event. `by` None means ReviewHub itself. `verb` reads `noun.past`: `task.claimed`."""
    row = event(
        verb=verb,
        now=now,
        subject=subject,
        by=by,
        workflow_id=workflow_id,
        proposal_id=proposal_id,
        data=data,
    )
    insert_at_end([row])
    return row


def record_many(events: Iterable[Event]) -> None:
    """Write events made by `event`, in one statement."""
    insert_at_end(events)
