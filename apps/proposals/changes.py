"""Moves a proposal's status: the one place that checks the state table, counts the version and tells the world."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from apps.audit import actions as audit
from apps.audit.actors import Acting
from apps.delivery import actions as delivery
from apps.delivery import live
from apps.proposals.models import Proposal
from apps.proposals.states import TERMINAL, TRANSITIONS, Status, Substatus


class WrongStatus(Exception):
    """The proposal's status does not allow this. The text is a sentence for people and agents."""


def locked(proposal_id: UUID) -> Proposal:
    """The proposal, its row locked until the transaction ends. Raises Proposal.DoesNotExist."""
    return (
        Proposal.objects.select_for_update(of=("self",), no_key=True)
        .select_related("agent", "action_type", "workflow")
        .get(pk=proposal_id)
    )


def move(
    proposal: Proposal,
    *,
    verb: str,
    audit_verb: str,
    event: str,
    now: datetime,
    by: Acting | None,
    substatus: Substatus = Substatus.NONE,
    data: dict[str, Any] | None = None,
) -> None:
    """Take a locked proposal through transition `verb`, with audit event, outbox row and wake-up."""
    before, after = TRANSITIONS[verb]
    if proposal.status != before:
        raise WrongStatus(
            _("The proposal is {status}; it would have to be {wanted}.").format(
                status=Status(proposal.status).label, wanted=before.label
            )
        )
    proposal.status = after
    proposal.substatus = substatus
    proposal.version += 1
    proposal.due_at = None
    if before not in TERMINAL:
        proposal.ended_at = now
    proposal.save(update_fields=["status", "substatus", "version", "due_at", "ended_at"])
    tell(proposal, audit_verb=audit_verb, event=event, now=now, by=by, data=data)


def set_substatus(proposal: Proposal, substatus: Substatus, *, due_at: datetime | None) -> None:
    """Say what a pending, locked proposal waits for now, and wake whoever watches it."""
    proposal.substatus = substatus
    proposal.due_at = due_at
    proposal.version += 1
    proposal.save(update_fields=["substatus", "due_at", "version"])
    live.announce([f"proposal:{proposal.pk}"])


def tell(
    proposal: Proposal,
    *,
    audit_verb: str,
    event: str,
    now: datetime,
    by: Acting | None,
    data: dict[str, Any] | None = None,
) -> None:
    """Audit event, outbox row and wake-up for something that just became true of a proposal."""
    audit.record(
        verb=audit_verb,
        now=now,
        by=by,
        subject=("proposal", proposal.pk, proposal.external_id),
        workflow_id=proposal.workflow_id,
        proposal_id=proposal.pk,
        data=data,
    )
    if event:
        delivery.emit(
            type=event,
            subject_id=proposal.pk,
            now=now,
            workflow_id=proposal.workflow_id,
            agent_id=proposal.agent_id,
            data=summary(proposal),
        )
    live.announce([f"proposal:{proposal.pk}"])


def summary(proposal: Proposal) -> dict[str, Any]:
    """What a webhook says about a proposal. A webhook notifies; GET decides."""
    return {
        "id": str(proposal.pk),
        "external_id": proposal.external_id,
        "workflow": proposal.workflow.slug,
        "action": proposal.action_type.name,
        "status": proposal.status,
        "substatus": proposal.substatus,
        "stage": proposal.stage,
    }
