"""Reads what came in earlier, newest first, as a back-test needs it: narrow rows in batches, never all at once.

What a rule or a suspended slice refused on arrival was not stored and is not there. A copy made for an examination
never came in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.proposals.models import Alternative, Assessment
from apps.proposals.ruling import gathered
from apps.registry.fingerprints import VersionFacts
from apps.registry.models import ActionType, Agent, AgentVersion, Workflow
from apps.routing.models import PolicyVersion
from apps.routing.rules.names import Circumstances
from apps.rulebook.known import Settled
from apps.rulebook.models import PolicyDraft


class Row(NamedTuple):
    """One proposal: what was kept of its arrival, its own content, and the answer it got."""

    proposal_id: UUID
    at: datetime
    facts: dict[str, Any]
    trust: dict[str, Any]
    workflow_id: int
    action_type_id: int
    agent_id: int
    agent_version_id: int
    args: dict[str, Any]
    args_sha256: str
    subject_kind: str
    subject_id: str
    hidden: dict[str, Any]
    impact: dict[str, Any]
    run: dict[str, Any]
    answered_by: str | None
    verb: str | None
    answer_sha256: str | None
    reason_code: str | None
    alternatives: int

    @property
    def said(self) -> Settled:
        """The answer it got."""
        return Settled(
            self.workflow_id,
            self.args_sha256,
            self.answered_by,
            self.verb,
            self.answer_sha256,
            self.reason_code,
        )


_COLUMNS = (
    *("proposal_id", "proposal__created_at", "facts", "trust"),
    *(
        "proposal__workflow_id",
        "proposal__action_type_id",
        "proposal__agent_id",
        "proposal__agent_version_id",
    ),
    *("proposal__args", "proposal__args_sha256", "proposal__subject_kind", "proposal__subject_id"),
    *("proposal__hidden", "proposal__impact", "proposal__run"),
    *("proposal__resolution__decided_by_type", "proposal__resolution__verb"),
    *("proposal__resolution__args_sha256", "proposal__resolution__reason_code", "named"),
)


def workflows_under(draft: PolicyDraft) -> list[int]:
    """Ids of the workflows the draft would hold for: its own, or all that have no policy of their own."""
    if draft.workflow_id is not None:
        return [draft.workflow_id]
    own = PolicyVersion.objects.filter(workflow__isnull=False).values("workflow_id")
    return list(Workflow.objects.exclude(pk__in=own).order_by("pk").values_list("pk", flat=True))


def how_many(workflow_ids: Sequence[int], *, last: int) -> int:
    """How many of the newest `last` there are."""
    return _came_in(workflow_ids)[:last].count()


def batches(workflow_ids: Sequence[int], *, last: int, size: int) -> Iterator[list[Row]]:
    """The newest `last` proposals of these workflows, newest first. One query a batch."""
    rows = _came_in(workflow_ids).annotate(named=_alternatives()).order_by("-proposal_id")
    before: UUID | None = None
    left = last
    while left > 0:
        some = rows if before is None else rows.filter(proposal_id__lt=before)
        batch = [Row(*values) for values in some.values_list(*_COLUMNS)[: min(size, left)]]
        if not batch:
            return
        yield batch
        left -= len(batch)
        before = batch[-1].proposal_id


def _came_in(workflow_ids: Sequence[int]) -> QuerySet[Assessment]:
    return Assessment.objects.filter(proposal__workflow_id__in=workflow_ids, proposal__is_copy=False)


def _alternatives() -> Coalesce:
    named = Alternative.objects.filter(proposal=OuterRef("proposal_id")).order_by()
    counted = named.values("proposal").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


@dataclass(slots=True)
class Registered:
    """What proposals name by id: action types and agents, all at once; versions as they are met."""

    actions: dict[int, str]
    agents: dict[int, str]
    versions: dict[int, VersionFacts]

    @classmethod
    def load(cls) -> "Registered":
        """Two queries."""
        return cls(
            actions=dict(ActionType.objects.values_list("pk", "name")),
            agents=dict(Agent.objects.values_list("pk", "slug")),
            versions={},
        )

    def meet(self, rows: Sequence[Row]) -> None:
        """Know the versions of these rows. One query where there are new ones."""
        new = {row.agent_version_id for row in rows} - self.versions.keys()
        if new:
            self.versions |= {row.pk: row.facts for row in AgentVersion.objects.filter(pk__in=new)}

    def around(self, row: Row) -> Circumstances:
        """What rules may ask of a row beyond its facts. Its version has to be met."""
        return gathered(
            action=self.actions[row.action_type_id],
            args=row.args,
            agent=self.agents[row.agent_id],
            version=self.versions[row.agent_version_id],
            subject_kind=row.subject_kind,
            subject_id=row.subject_id,
            hidden=row.hidden,
            impact=row.impact,
            run=row.run,
            alternatives=row.alternatives,
        )
