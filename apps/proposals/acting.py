"""What a supervised agent may do without a person first: acts, or waits in a veto window in which a person stops it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.insertion import insert_at_end
from apps.proposals import changes, grants
from apps.proposals.actions import Answer, settle
from apps.proposals.changes import WrongStatus
from apps.proposals.models import Proposal, Resolution
from apps.proposals.states import DecidedBy, Retry, Substatus
from apps.routing.states import Verb
from apps.trust import actions as trust
from apps.trust.policies import check_stop
from apps.trust.states import Basis, NotEvidence, Source


def act(*, proposal: Proposal, now: datetime) -> None:
    """The answer and the grant of a proposal that was stored as approved in the same `together`."""
    answer = by_policy(proposal, now)
    resolution = Resolution(
        proposal=proposal,
        verb=answer.verb,
        action_name=answer.action_name,
        args=answer.args,
        args_sha256=answer.args_sha256,
        message=answer.message,
        decided_by_type=answer.decided_by_type,
        decided_at=now,
        settled_at=now,
    )
    insert_at_end([resolution])
    grant = grants.issue(proposal=proposal, resolution=resolution, now=now)
    if grant is not None:
        # For the answer to the request: the rows are written when the verb ends.
        grant.proposal = proposal


def by_policy(proposal: Proposal, now: datetime) -> Answer:
    """What is answered when the slice has earned it: exactly the proposed action. The message names no audit."""
    return Answer(
        verb=Verb.APPROVE,
        decided_by_type=DecidedBy.POLICY,
        decided_by="",
        decided_at=now,
        action_name=proposal.action_type.name,
        args=proposal.args,
        args_sha256=proposal.args_sha256,
        message=_("This slice of work is supervised: the action may be carried out."),
    )


def stop(*, proposal_id: UUID, by: User, reason: str, now: datetime) -> Proposal:
    """Stop an action in its veto window: it is denied, and the alarm of its slice rises.

    Raises NotAllowed, WrongStatus.
    """
    with transaction.atomic():
        proposal = changes.locked(proposal_id)
        check_stop(proposal.workflow, by=by)
        changes.check_pending(proposal)
        if proposal.substatus != Substatus.VETO_WINDOW:
            raise WrongStatus(_("This action is not about to happen: it is in a queue."))
        said = reason.strip() or _("Stopped before it was carried out.")
        answer = Answer(
            verb=Verb.REJECT,
            decided_by_type=DecidedBy.HUMAN,
            decided_by=by.name,
            decided_at=now,
            message=said,
            retry=Retry.AFTER_CHANGE,
        )
        settle(proposal=proposal, answer=answer, by=by, now=now)
        trust.record(
            slice_id=proposal.slice_id,
            agent_version_id=proposal.agent_version_id,
            proposal_id=proposal.pk,
            source=(Source.VETO, proposal.pk),
            wrong=True,
            confidence=proposal.confidence,
            content_sha256=proposal.content_sha256,
            decided_by=by.name,
            not_counted_because=NotEvidence.VETOED,
            basis=Basis(proposal.basis),
            now=now,
        )
        return proposal
