"""Opens an incident when something needs a person's hand: once per cause, told to the offices, until it is mended."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.accounts.queries import offices
from apps.audit import actions as audit
from apps.audit.actors import SYSTEM, Acting
from apps.delivery.notifying import notify
from apps.escalation.models import Incident
from apps.escalation.policies import check_close_incident
from apps.escalation.states import Kind

# Incidents press whatever the tier; this is the tier they are told with.
_TIER = 11


@transaction.atomic
def open_incident(
    *,
    kind: Kind,
    key: str,
    text: str,
    now: datetime,
    workflow_id: int | None = None,
    task_id: UUID | None = None,
) -> bool:
    """Open it and tell the offices, in one transaction, unless it is open. False when it is: nobody is told twice."""
    if Incident.objects.filter(kind=kind, key=key, closed_at__isnull=True).exists():
        return False
    row = Incident(
        kind=kind, key=key, text=text[:500], workflow_id=workflow_id, task_id=task_id, opened_at=now
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        # Another sweeper opened it between the look and the insert.
        return False
    audit.record(
        verb="incident.opened",
        now=now,
        subject=("incident", row.pk, row.text[:200]),
        workflow_id=workflow_id,
        data={"kind": kind.value, "key": key, "text": row.text},
    )
    notify(
        people=offices(),
        kind="incident",
        title=_("Something has to be set right"),
        text=row.text,
        link=f"/tasks/{task_id}/" if task_id else "/escalation/incidents/",
        tier=_TIER,
        now=now,
        workflow_id=workflow_id,
    )
    return True


def close_incidents(*, kind: Kind, key: str, now: datetime, by: Acting | None = None) -> int:
    """Its cause is gone: close it. How many were open (one, or none)."""
    rows = Incident.objects.select_for_update(no_key=True, skip_locked=True).filter(
        kind=kind, key=key, closed_at__isnull=True
    )
    with transaction.atomic(savepoint=False):
        closed = list(rows)
        for row in closed:
            _close(row, by, now)
    return len(closed)


def close_incident(*, incident_id: int, by: User, note: str, now: datetime) -> Incident:
    """An admin says what was done about it; found again, it opens again. Raises NotAllowed, Incident.DoesNotExist."""
    check_close_incident(by)
    if not note.strip():
        raise NotAllowed(_("Say what was done, so that the next person finds it."))
    with transaction.atomic():
        row = Incident.objects.select_for_update(no_key=True).get(pk=incident_id)
        if row.closed_at is not None:
            raise NotAllowed(_("This incident is closed already."))
        row.note = note.strip()[:500]
        _close(row, by, now)
        return row


def _close(row: Incident, by: Acting | None, now: datetime) -> None:
    row.closed_at = now
    row.closed_by_name = (by.actor if by is not None else SYSTEM).name
    row.save(update_fields=["closed_at", "closed_by_name", "note"])
    audit.record(
        verb="incident.closed",
        now=now,
        by=by,
        subject=("incident", row.pk, row.text[:200]),
        workflow_id=row.workflow_id,
        data={"kind": row.kind, "key": row.key, "note": row.note},
    )
