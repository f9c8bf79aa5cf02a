"""Moves a proposal's status: the one place that checks the state table, counts the version and tells the world."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from apps.audit import actions as audit
from apps.audit.actors import Acting
from apps.audit.updating import update
from apps.delivery import actions as delivery
from apps.delivery import live
from apps.proposals.models import Proposal, Question
from apps.proposals.states import TERMINAL, TRANSITIONS, Ending, Status, Substatus


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
    _check_status(proposal, before)
    tell_windows([proposal])
    was_asked = proposal.substatus == Substatus.INFO_REQUESTED
    proposal.status = after
    proposal.substatus = substatus
    proposal.version += 1
    proposal.due_at = None
    if before not in TERMINAL:
        proposal.ended_at = now
    if was_asked:
        # Nobody can answer it any more.
        Question.objects.filter(proposal=proposal, ended_at__isnull=True).update(
            ended_at=now, ending=Ending.CLOSED
        )
    update(proposal, "status", "substatus", "version", "due_at", "ended_at")
    tell(proposal, audit_verb=audit_verb, event=event, now=now, by=by, data=data)


def check_pending(proposal: Proposal) -> None:
    """Raises WrongStatus when the proposal has ended."""
    _check_status(proposal, Status.PENDING)


def check_has_contents(proposal: Proposal) -> None:
    """Raises WrongStatus when its contents were erased: nothing can be compared with them or judged any more."""
    if proposal.erased_at is not None:
        raise WrongStatus(_("The contents of this proposal were erased: there is nothing left to compare."))


def set_substatus(proposal: Proposal, substatus: Substatus, *, due_at: datetime | None) -> None:
    """Say what a pending, locked proposal waits for now, and wake whoever watches it."""
    tell_windows([proposal])
    proposal.substatus = substatus
    proposal.due_at = due_at
    proposal.version += 1
    update(proposal, "substatus", "due_at", "version")
    live.announce([f"proposal:{proposal.pk}"])


def tell_windows(proposals: Iterable[Proposal]) -> None:
    """Wake whoever watches what is about to act, where one of these is: it just came, or is about to leave."""
    waiting = {one.workflow_id for one in proposals if one.substatus == Substatus.VETO_WINDOW}
    if waiting:
        live.announce([f"acting:{workflow_id}" for workflow_id in waiting])


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
    if event and not proposal.is_copy:
        # The agent knows nothing of a copy.
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


def _check_status(proposal: Proposal, wanted: Status) -> None:
    if proposal.status != wanted:
        raise WrongStatus(
            _("The proposal is {status}; it would have to be {wanted}.").format(
                status=Status(proposal.status).label, wanted=wanted.label
            )
        )
