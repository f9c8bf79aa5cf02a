"""Tells the live log of each workflow what happened in ReviewHub: proposed, taken, decided, carried out.

The source is the audit log, which every verb writes. A case is the subject of the proposal (`order #W123`), so that
these events lie in one case with those that the process itself reports about the same subject; without a subject each
proposal is a case. What is recorded in shadow is left out, since nothing came of it, and so are copies for a check.
"""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.audit.following import read_on
from apps.audit.models import Event
from apps.audit.withheld import withheld_from
from apps.outcomes.live_log import Told, live_log_of, tell
from apps.outcomes.models import OwnEventsTold
from apps.outcomes.states import ANSWERS, OPENINGS, OWN_SOURCE
from apps.proposals.models import Proposal, Result
from apps.proposals.states import Status
from apps.registry.models import Workflow

ACTIVITIES = {
    **OPENINGS,
    "proposal.acted": "Proposed, approved by policy",
    "task.claimed": "Taken",
    "proposal.info_requested": "Asked the agent",
    "proposal.info_answered": "Agent answered",
    **ANSWERS,
    "proposal.result_reported": "Reported back",
    "proposal.failed": "Failed",
}
"""What an audit verb is called in the live log."""

# With them the agent says what carrying it out has cost, if it does.
_RESULTS = frozenset({"proposal.result_reported", "proposal.failed"})


def own_source(event_id: UUID) -> str:
    """What an event of the audit log is called in the live log."""
    return f"{OWN_SOURCE}{event_id}"


def cases_kept_from(by: User) -> set[str]:
    """How the cases of those proposals are called that `by` does not read now."""
    withheld = withheld_from(by)
    if not withheld:
        return set()
    rows = Proposal.objects.filter(pk__in=withheld).values_list("pk", "subject_id")
    return {subject or str(pk) for pk, subject in rows}


def tell_own_events(*, now: datetime, limit: int = 5000) -> int:
    """Tell the live logs the next `limit` events; how many there were where there may be more, else 0."""
    return read_on(OwnEventsTold, verbs=ACTIVITIES, act=_tell, limit=limit)


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
                Told(
                    case, ACTIVITIES[event.verb], event.at, event.actor_name[:200], own_source(event.pk), cost
                )
            )
    workflows = Workflow.objects.in_bulk(by_workflow)
    for workflow_id in sorted(by_workflow):
        tell(live_log_of(workflows[workflow_id]), by_workflow[workflow_id])
