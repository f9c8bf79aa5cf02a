"""Gives open work the targets of a changed SLA policy, and lets tasks and proposals show the new due times."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.delivery import live
from apps.proposals.models import Proposal
from apps.reviews.models import Task
from apps.sla import retargeting
from apps.sla.models import ClockCycle, SlaPolicy
from apps.sla.queries import next_due
from apps.sla.states import CycleStatus, Target

_AT_ONCE = 500


@transaction.atomic
def apply_policy(*, policy: SlaPolicy, number: int, by: User | None, now: datetime) -> int:
    """Apply the policy's newest version `number` to what is open. How many targets changed.

    Tasks are locked before proposals and clocks, as in every verb. Raises NotAllowed, VersionChanged.
    """
    running = ClockCycle.objects.filter(status=CycleStatus.RUNNING, policy_version__policy=policy)
    subjects = list(running.values_list("subject_id", flat=True).distinct())
    unclosed = Task.objects.select_for_update(no_key=True).filter(proposal__in=subjects, closed_at=None)
    tasks = list(unclosed.order_by("pk"))
    pending = [task.proposal_id for task in tasks]
    proposals = Proposal.objects.select_for_update(no_key=True).filter(pk__in=pending).order_by("pk")
    shown = {proposal.pk: proposal for proposal in proposals.only("due_at")}
    before = next_due(subjects)
    cycles = retargeting.retarget(policy=policy, number=number, by=by, now=now)
    after = next_due(subjects)
    due = {(cycle.subject_id, cycle.target): cycle.due_at for cycle in cycles}
    for task in tasks:
        subject = task.proposal_id
        task.claim_due_at = due.get((subject, Target.CLAIM), task.claim_due_at)
        task.due_at = due.get((subject, Target.DECIDE), task.due_at)
        if subject in before:
            # Its head start and boosts stay: its place moves by as much as what is due next.
            task.rank_at += after[subject] - before[subject]
        if shown[subject].due_at is not None:
            shown[subject].due_at = task.due_at
    Task.objects.bulk_update(tasks, ["claim_due_at", "due_at", "rank_at"], batch_size=_AT_ONCE)
    Proposal.objects.bulk_update(shown.values(), ["due_at"], batch_size=_AT_ONCE)
    live.announce({topic for task in tasks for topic in task.topics})
    return len(cycles)
