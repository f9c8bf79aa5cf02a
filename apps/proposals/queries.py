"""What other apps and pages ask about proposals."""

from collections.abc import Iterable

from django.db.models import Count

from apps.proposals.models import Proposal
from apps.proposals.states import Status


def open_on_subjects(subjects: Iterable[tuple[int, str, str]]) -> dict[tuple[int, str, str], int]:
    """{(workflow id, kind, id): number of pending proposals about it}. One query."""
    wanted = {subject for subject in subjects if subject[2]}
    if not wanted:
        return {}
    pending = Proposal.objects.filter(
        status=Status.PENDING, subject_id__in={subject[2] for subject in wanted}
    )
    rows = pending.values_list("workflow_id", "subject_kind", "subject_id").annotate(Count("id"))
    return {
        (workflow, kind, key): number
        for workflow, kind, key, number in rows
        if (workflow, kind, key) in wanted
    }


def taken_external_ids(agent_id: int, external_ids: Iterable[str]) -> dict[str, str]:
    """{external id: proposal id} of those this agent used before. One query."""
    found = Proposal.objects.filter(agent_id=agent_id, external_id__in=list(external_ids))
    return {external: str(key) for external, key in found.values_list("external_id", "pk")}
