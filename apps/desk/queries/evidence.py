"""The evidence of a proposal as one person sees it: how old it is, what is odd about it, where its links lead."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from apps.accounts.models import User
from apps.audit.reading import Reading
from apps.desk.queries.sight import Sight
from apps.desk.texts.instructions import Finding
from apps.desk.texts.links import Link, link
from apps.desk.texts.told import Told, findings_of
from apps.proposals.models import Evidence, Proposal
from apps.reviews.models import EvidenceCheck, Task
from apps.routing.queries import policy_for

_CHECKS = Reading(EvidenceCheck, "by")
_OF_THE_TASK = (
    "WHERE reviews_evidencecheck.task_id = %s ORDER BY reviews_evidencecheck.at, reviews_evidencecheck.id"
)


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """An item of evidence, whether it is older than the policy likes, and whose question it came after, if any.

    `address` is what the item calls its address and no browser should follow. `is_checked`: this person marked it so;
    `checked_by` are the names of all who did, as far as this person may know what others do.
    """

    item: Evidence
    is_stale: bool
    asked_by: User | None
    claim: Told
    title: Told
    source: Told
    content: Told
    address: Told
    link: Link | None
    is_checked: bool
    checked_by: list[str]

    @property
    def findings(self) -> list[Finding]:
        """What is odd about any of its texts."""
        return findings_of(self.claim, self.title, self.source, self.content, self.address)


def evidence_items(
    evidence: Iterable[Evidence],
    seen: Sight,
    *,
    oldest: datetime,
    asked_by: Mapping[UUID, User],
    checks: Iterable[EvidenceCheck] = (),
    by: User,
) -> list[EvidenceItem]:
    """Every item as `by` sees it; `oldest` is from when on an item is not stale, `checks` are marks they may know."""
    found = []
    marked: dict[int, list[EvidenceCheck]] = defaultdict(list)
    for check in checks:
        marked[check.evidence_id].append(check)
    for item in evidence:
        to_follow = link(seen.text(item.uri))
        found.append(
            EvidenceItem(
                item=item,
                is_stale=item.retrieved_at is not None and item.retrieved_at < oldest,
                asked_by=asked_by.get(item.question_id) if item.question_id else None,
                claim=seen.told(item.claim),
                title=seen.told(item.title),
                source=seen.told(item.source),
                content=seen.told(item.content),
                address=seen.told("" if to_follow else item.uri),
                link=to_follow,
                is_checked=any(check.by_id == by.pk for check in marked[item.pk]),
                checked_by=[check.by.name for check in marked[item.pk]],
            )
        )
    return found


def oldest_fresh(proposal: Proposal, *, now: datetime) -> datetime:
    """From when on evidence of this proposal is not stale, by the policy in force."""
    cell = policy_for(proposal.workflow_id).matrix[proposal.cell_address]
    return now - timedelta(seconds=cell.evidence_stale_seconds)


def checks_on(task: Task, *, by: User, sees_votes: bool) -> list[EvidenceCheck]:
    """The marks on the evidence of this task: one's own, and those of others where one may know their votes."""
    rows = _CHECKS.all(_OF_THE_TASK, [task.pk])
    return rows if sees_votes else [row for row in rows if row.by_id == by.pk]
