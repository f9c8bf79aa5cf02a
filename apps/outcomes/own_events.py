"""Tells the live log of each workflow what happened in ReviewHub: proposed, taken, decided, carried out.

The source is the audit log, which every verb writes. A case is the subject of the proposal (`order #W123`), so that
these events lie in one case with those that the process itself reports about the same subject; without a subject each
proposal is a case. What is recorded in shadow is left out, since nothing came of it, and so are copies for a check.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction

from apps.audit.models import Event
from apps.outcomes.live_log import Told, live_log_of, tell
from apps.outcomes.models import OwnEventsTold
from apps.proposals.models import Proposal, Result
from apps.proposals.states import Status
from apps.registry.models import Workflow

ACTIVITIES = {
    "proposal.received": "Proposed",
    "proposal.acted": "Proposed, approved by policy",
    "task.claimed": "Taken",
    "proposal.info_requested": "Asked the agent",
    "proposal.info_answered": "Agent answered",
    "proposal.approved": "Approved",
    "proposal.denied": "Rejected",
    "proposal.expired": "Expired",
    "proposal.withdrawn": "Withdrawn",
    "proposal.result_reported": "Reported back",
    "proposal.failed": "Failed",
}
"""What an audit verb is called in the live log."""

# With them the agent says what carrying it out has cost, if it does.
_RESULTS = frozenset({"proposal.result_reported", "proposal.failed"})

# Verbs commit a little after the moment they write down; what is told twice is kept once.
_OVERLAP = timedelta(minutes=10)
_NEXT = timedelta(microseconds=1)


def tell_own_events(*, now: datetime, limit: int = 5000) -> int:
    """Tell the live logs the next `limit` events; how many were looked at."""
    with transaction.atomic():
        OwnEventsTold.objects.get_or_create(
            pk=OwnEventsTold.ONLY, defaults={"until": now - timedelta(days=366)}
        )
        told = OwnEventsTold.objects.select_for_update(skip_locked=True).filter(pk=OwnEventsTold.ONLY).first()
        if told is None:
            return 0
        since = told.until
        events = Event.objects.filter(
            verb__in=list(ACTIVITIES), at__gte=since, proposal_id__isnull=False
        ).order_by("at", "id")[:limit]
        found = list(events)
        is_more = len(found) == limit
        if is_more:
            # A moment is told whole: a thousand proposals that came at once share theirs.
            last = found[-1]
            found += Event.objects.filter(verb__in=list(ACTIVITIES), at=last.at, pk__gt=last.pk).exclude(
                proposal_id=None
            )
        _tell(found)
        told.until = found[-1].at + _NEXT if is_more else max(since, now - _OVERLAP)
        told.save(update_fields=["until"])
        return len(found) if is_more else 0


def _tell(events: list[Event]) -> None:
    proposals = Proposal.objects.filter(is_copy=False).exclude(status=Status.RECORDED)
    known = {
        key: (workflow_id, subject or str(key))
        for key, workflow_id, subject in proposals.filter(
            pk__in={event.proposal_id for event in events}
        ).values_list("pk", "workflow_id", "subject_id")
    }
    costs = dict(
        Result.objects.filter(
            proposal_id__in={event.proposal_id for event in events if event.verb in _RESULTS}
        ).values_list("proposal_id", "cost")
    )
    by_workflow: dict[int, list[Told]] = defaultdict(list)
    for event in events:
        if event.proposal_id in known:
            workflow_id, case = known[event.proposal_id]
            cost = costs.get(event.proposal_id) if event.verb in _RESULTS else None
            by_workflow[workflow_id].append(
                Told(case, ACTIVITIES[event.verb], event.at, event.actor_name[:200], f"own:{event.pk}", cost)
            )
    workflows = Workflow.objects.in_bulk(by_workflow)
    for workflow_id in sorted(by_workflow):
        tell(live_log_of(workflows[workflow_id]), by_workflow[workflow_id])
