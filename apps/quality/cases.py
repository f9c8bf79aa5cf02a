"""What has to be known of cases to count them. Reads proposals by their keys only, as many as one sweep looks at."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from apps.proposals.models import Examination, Outcome, Proposal
from apps.proposals.states import DecidedBy, Purpose, Verdict
from apps.quality.sorting import Case
from apps.sla.models import ClockCycle
from apps.sla.states import Target

_HOUR = 3600


def cases_of(proposal_ids: Collection[UUID]) -> dict[UUID, Case]:
    """{proposal: case} of these, without copies. Two statements."""
    rows = Proposal.objects.filter(pk__in=proposal_ids, is_copy=False).annotate(
        policy=F("assessment__policy_version_id"),
        answer=F("resolution__verb"),
        by=F("resolution__decided_by_type"),
        answered=F("resolution__args_sha256"),
        settled_at=F("resolution__settled_at"),
    )
    fields = (
        *("pk", "workflow_id", "agent_version_id", "route", "created_at", "args_sha256"),
        *("policy", "answer", "by", "answered", "settled_at"),
    )
    known = list(rows.values(*fields))
    late = _late_hours([row["pk"] for row in known])
    return {
        row["pk"]: Case(
            id=row["pk"],
            workflow_id=row["workflow_id"],
            agent_version_id=row["agent_version_id"],
            policy_version_id=row["policy"] or 0,
            route=row["route"],
            arrived_on=timezone.localdate(row["created_at"]),
            answer=row["answer"] or "",
            is_as_proposed=row["answer"] == "approve" and row["answered"] == row["args_sha256"],
            is_by_person=row["by"] == DecidedBy.HUMAN,
            answered_on=timezone.localdate(row["settled_at"]) if row["settled_at"] else None,
            late_hours=late.get(row["pk"], 0),
        )
        for row in known
    }


def silent_originals(copies: Collection[UUID | None]) -> dict[UUID | None, UUID]:
    """{copy: original} where the look at the copy confirmed a mistake in what ran, which nobody had told of.

    An audit found it and a second person, who did not know, would not have let it happen either.
    """
    if not copies:
        return {}
    looks = Examination.objects.filter(copy__in=copies, purpose=Purpose.SECOND_LOOK, verdict=True)
    found = {(look.copy_id, look.original_id): look.concluded_at for look in looks}
    originals = {original for _copy, original in found}
    audited = set(
        Examination.objects.filter(original__in=originals, purpose=Purpose.AUDIT, verdict=True).values_list(
            "original_id", flat=True
        )
    )
    told = _first_told(originals)
    return {
        copy: original
        for (copy, original), at in found.items()
        if original in audited and not (original in told and at is not None and told[original] < at)
    }


def _first_told(proposal_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """When somebody first reported that it turned out wrong."""
    first: dict[UUID, datetime] = {}
    wrong = Outcome.objects.filter(proposal__in=proposal_ids, verdict=Verdict.WRONG)
    for proposal_id, at in wrong.order_by("-received_at").values_list("proposal_id", "received_at"):
        first[proposal_id] = at
    return first


def _late_hours(proposal_ids: Collection[UUID]) -> dict[UUID, float]:
    """Hours from the moment it was to be decided to the moment it was, or to its end without a decision."""
    cycles = ClockCycle.objects.filter(subject_id__in=proposal_ids, target=Target.DECIDE)
    late: dict[UUID, float] = {}
    for cycle in cycles.order_by("pk").only("subject_id", "due_at", "met_at", "cancelled_at"):
        ended = cycle.met_at or cycle.cancelled_at
        late[cycle.subject_id] = (ended - cycle.due_at).total_seconds() / _HOUR if ended else 0
    return late
