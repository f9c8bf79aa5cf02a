"""What is a decided copy called, and what was its answer?

It ends as recorded, whatever people decided on it. Who looks at a list later must not learn by that word what was a
copy: it is called what any other task with this decision is. Only offices read what it is; and of a shadow proposal's
copy, which says on its card that nothing comes of it, everybody does.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from apps.accounts.models import User
from apps.accounts.policies import reads_everything
from apps.proposals.models import Proposal, Resolution
from apps.proposals.states import DecidedBy, Purpose, Status
from apps.reviews.models import Decision
from apps.routing.states import Verb


def is_like_any_other(proposal: Proposal, *, by: User) -> bool:
    """Whether `by` reads of this copy what they would read of any proposal. No query while it can be decided."""
    if not proposal.is_copy:
        return False
    return not proposal.ended_at or not reads_everything(by)


def as_decided(proposals: Iterable[Proposal], *, by: User) -> None:
    """Call the decided copies among them, which are to be read and not stored, what was decided. Two queries, none
    where there is no such copy.
    """
    copies = [one for one in proposals if one.is_copy and one.status == Status.RECORDED]
    if not copies or reads_everything(by):
        return
    settling = _settling([one.pk for one in copies])
    for copy in copies:
        if copy.pk in settling:
            copy.status = Status.DENIED if settling[copy.pk].verb == Verb.REJECT else Status.APPROVED


def answer_on(proposal: Proposal) -> Resolution | None:
    """What was decided on a decided copy as the answer it would have been, to be read and not stored. One query."""
    decision = _settling([proposal.pk]).get(proposal.pk)
    if decision is None:
        return None
    return Resolution(
        proposal=proposal,
        verb=decision.verb,
        action_name=decision.action_name,
        args=decision.args,
        args_sha256=decision.args_sha256,
        alternative_rank=decision.alternative_rank,
        reason_code=decision.reason_code,
        message=decision.note,
        retry=decision.retry,
        decided_by_type=DecidedBy.HUMAN,
        decided_by=decision.by.name,
        decided_at=decision.decided_at,
        settled_at=proposal.ended_at or decision.decided_at,
    )


def _settling(copies: Collection[UUID]) -> dict[UUID, Decision]:
    rows = Decision.objects.filter(task__proposal__in=copies, undone_at__isnull=True)
    rows = rows.exclude(task__proposal__examination_of__purpose=Purpose.BLIND).select_related("by", "task")
    return {row.task.proposal_id: row for row in rows.order_by("decided_at", "id")}
