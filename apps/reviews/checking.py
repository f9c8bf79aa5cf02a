"""Marking an item of evidence as checked, by who holds the task. The audit log keeps who set or took away what."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.proposals.models import Evidence
from apps.reviews import policies
from apps.reviews.locking import locked
from apps.reviews.models import EvidenceCheck


@transaction.atomic
def check_evidence(*, task_id: UUID, position: int, is_checked: bool, by: User, now: datetime) -> None:
    """Set or take away `by`'s mark on the item at this position; the same again changes nothing.

    Raises Task.DoesNotExist, Evidence.DoesNotExist, NotAllowed when `by` does not hold the task.
    """
    task = locked(task_id)
    policies.check_held(task, by=by)
    item = Evidence.objects.get(proposal_id=task.proposal_id, position=position)
    if is_checked:
        _row, is_changed = EvidenceCheck.objects.get_or_create(
            evidence=item, by=by, defaults={"task": task, "at": now}
        )
    else:
        is_changed = bool(EvidenceCheck.objects.filter(evidence=item, by=by).delete()[0])
    if is_changed:
        audit.record(
            verb="evidence.checked" if is_checked else "evidence.unchecked",
            now=now,
            by=by,
            subject=("task", task.pk, task.queue.name),
            workflow_id=task.workflow_id,
            proposal_id=task.proposal_id,
            data={"position": position},
        )
