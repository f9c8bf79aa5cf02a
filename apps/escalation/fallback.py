"""What happens when nobody decided in time: the task is held on, or the proposal is rejected. Never approved.

Which of the two was frozen into the run when the task was opened. A rejection goes through the same gate as a
person's, and the ledger says that it is no evidence.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from apps.audit import actions as audit
from apps.escalation.models import EscalationRun
from apps.proposals import changes
from apps.proposals.actions import Answer
from apps.proposals.actions import settle as settle_proposal
from apps.proposals.states import DecidedBy, Retry
from apps.reviews import settling
from apps.reviews.models import Task
from apps.routing.states import Fallback, Verb
from apps.trust import actions as trust
from apps.trust.states import Basis, NotEvidence, Source


def apply_fallback(*, run: EscalationRun, task: Task, now: datetime) -> bool:
    """Apply the run's fallback to its locked task, inside the caller's transaction. Whether that ended the task."""
    run.fallback_at = now
    audit.record(
        verb="task.fallback_applied",
        now=now,
        subject=("task", task.pk, task.queue.name),
        workflow_id=task.workflow_id,
        proposal_id=task.proposal_id,
        data={"fallback": run.fallback},
    )
    if run.fallback != Fallback.REJECT:
        return False
    _reject(task, now)
    return True


def _reject(task: Task, now: datetime) -> None:
    reason = _("Nobody decided in time.")
    settling.cancel(
        proposal_id=task.proposal_id, by=None, now=now, reason=reason, not_evidence=NotEvidence.FALLBACK
    )
    answer = Answer(
        verb=Verb.REJECT,
        decided_by_type=DecidedBy.FALLBACK,
        decided_by="",
        decided_at=now,
        message=reason,
        retry=Retry.LATER,
    )
    proposal = changes.locked(task.proposal_id)
    settle_proposal(proposal=proposal, answer=answer, by=None, now=now)
    trust.record(
        slice_id=proposal.slice_id,
        agent_version_id=proposal.agent_version_id,
        proposal_id=proposal.pk,
        source=(Source.ENDING, proposal.pk),
        wrong=None,
        confidence=proposal.confidence,
        content_sha256=proposal.content_sha256,
        not_counted_because=NotEvidence.FALLBACK,
        basis=Basis(proposal.basis),
        now=now,
    )
