"""Shows the hidden values of one proposal to somebody with a right to them, and keeps that it was done."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.proposals.models import Proposal
from apps.reviews import policies
from apps.reviews.models import Task


@transaction.atomic
def uncover(*, proposal: Proposal, task: Task | None, by: User, now: datetime) -> None:
    """Note that `by` looks at what is hidden in this proposal. Raises NotAllowed."""
    policies.check_see_proposal(proposal, task, by=by)
    policies.check_uncover(proposal, by=by)
    audit.record(
        verb="proposal.uncovered",
        now=now,
        by=by,
        subject=("proposal", proposal.pk, proposal.external_id),
        workflow_id=proposal.workflow_id,
        proposal_id=proposal.pk,
    )
