"""What other apps and pages ask about proposals."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from apps.proposals.masking import stored_forms
from apps.proposals.models import Proposal
from apps.proposals.states import Status, Substatus
from apps.registry.models import Workflow


def is_open(now: datetime, prefix: str = "") -> Q:
    """Of proposals (behind `prefix`): it waits for an answer, or its grant can still be redeemed."""
    grant = {"redeemed_at__isnull": True, "revoked_at__isnull": True, "expires_at__gt": now}
    usable = Q(**{f"{prefix}grant__{name}": value for name, value in grant.items()})
    return Q(**{f"{prefix}status": Status.PENDING}) | Q(**{f"{prefix}status": Status.APPROVED}) & usable


def open_on_subjects(
    subjects: Iterable[tuple[int, str, str]], *, now: datetime
) -> dict[tuple[int, str, str], int]:
    """{(workflow id, kind, id as it was sent): number of open proposals about it, hidden or not}. One query."""
    wanted = {subject for subject in subjects if subject[2]}
    if not wanted:
        return {}
    sent = stored_forms(subject[2] for subject in wanted)
    opened = Proposal.objects.filter(is_open(now), is_copy=False, subject_id__in=sent)
    found: Counter[tuple[int, str, str]] = Counter()
    for workflow, kind, key, number in opened.values_list(
        "workflow_id", "subject_kind", "subject_id"
    ).annotate(Count("id")):
        if (workflow, kind, sent[key]) in wanted:
            found[workflow, kind, sent[key]] += number
    return dict(found)


def proposed_by_others(
    agent_id: int, wanted: Iterable[tuple[int, str, str, str]], *, since: datetime
) -> set[tuple[int, str, str, str]]:
    """Those of these (workflow id, subject kind, subject id, digest of action and arguments) that another agent has
    proposed since, and neither it took back nor a person denied. Without a subject nothing is the same. One query.
    """
    asked = {one for one in wanted if one[2]}
    if not asked:
        return set()
    sent = stored_forms(one[2] for one in asked)
    others = Proposal.objects.filter(
        subject_id__in=sent,
        args_sha256__in={one[3] for one in asked},
        created_at__gte=since,
        is_copy=False,
    ).exclude(agent_id=agent_id)
    standing = others.exclude(status__in=[Status.CANCELLED, Status.DENIED])
    rows = standing.values_list("workflow_id", "subject_kind", "subject_id", "args_sha256")
    return asked & {(workflow, kind, sent[key], sha256) for workflow, kind, key, sha256 in rows}


def taken_external_ids(agent_id: int, external_ids: Iterable[str]) -> dict[str, str]:
    """{external id: proposal id} of those this agent used before. One query."""
    found = Proposal.objects.filter(agent_id=agent_id, external_id__in=list(external_ids), is_copy=False)
    return {external: str(key) for external, key in found.values_list("external_id", "pk")}


def in_veto_windows(workflows: QuerySet[Workflow]) -> QuerySet[Proposal]:
    """What acts by itself soon in these workflows, the next one first; at most a page of it."""
    waiting = Proposal.objects.filter(
        status=Status.PENDING, substatus=Substatus.VETO_WINDOW, workflow__in=workflows
    )
    return waiting.select_related("workflow", "action_type", "agent", "slice").order_by("veto_until")[:200]
