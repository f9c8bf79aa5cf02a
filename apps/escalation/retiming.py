"""Gives open work the targets of a changed SLA policy, and lets every chain look at its new moments at once."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.escalation.models import EscalationRun
from apps.reviews import retiming
from apps.sla.models import ClockCycle, SlaPolicy
from apps.sla.states import LIVE


@transaction.atomic
def apply_policy(*, policy: SlaPolicy, number: int, by: User | None, now: datetime) -> int:
    """Apply the policy's newest version `number` to what is open. How many targets changed.

    The next sweep reckons every step of these tasks anew: a shorter target must not wait for the old moment.
    Raises NotAllowed, VersionChanged.
    """
    changed = retiming.apply_policy(policy=policy, number=number, by=by, now=now)
    timed = ClockCycle.objects.filter(status__in=LIVE, policy_version__policy=policy).values("subject_id")
    runs = EscalationRun.objects.live().filter(task__proposal__in=timed, next_at__gt=now)
    runs.update(next_at=now)
    return changed
