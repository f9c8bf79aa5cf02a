"""How often do two people decide the same? From second reviews: what was decided, and decided again, blind.

Three choices can agree: as proposed, another action, nothing. Each figure comes with its interval and n (`kappa`).
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from apps.proposals.models import Examination, Proposal, Resolution
from apps.proposals.states import Purpose
from apps.reviews.kappa import Agreement, agreement
from apps.reviews.models import Decision, Queue
from apps.reviews.states import Pick

LATELY = timedelta(days=180)
_MOST = 5000
_PICKS = list(Pick)


@dataclass(frozen=True, slots=True)
class Pair:
    """One case that two people decided; `decision` is the blind one's, `chosen` the digest of the first."""

    original: Proposal
    first: Pick
    second: Pick
    chosen: str
    decision: Decision

    @property
    def is_same(self) -> bool:
        """Whether both chose exactly the same action."""
        return self.chosen == self.decision.args_sha256


def pick_of(chosen: str, proposed: str) -> Pick:
    """What choosing this digest (empty: nothing) comes to. Pure."""
    if not chosen:
        return Pick.NOTHING
    return Pick.AS_PROPOSED if chosen == proposed else Pick.OTHERWISE


def in_queue(queue: Queue, *, now: datetime) -> list[Pair]:
    """The pairs of a queue's second reviews lately, the newest first. Three queries."""
    return _pairs(_concluded(now).filter(original__task__queue=queue))


def in_workflows(ids: Collection[int], *, now: datetime) -> dict[int, list[Pair]]:
    """{id of a workflow: its pairs, none if there are none}; as many queries for all as for one."""
    found: dict[int, list[Pair]] = {pk: [] for pk in ids}
    for pair in _pairs(_concluded(now).filter(original__workflow__in=ids)):
        found[pair.original.workflow_id].append(pair)
    return found


def agreement_of(pairs: Iterable[Pair]) -> Agreement:
    """Kappa over the three choices, rows the first person, columns the second. Pure."""
    counts = Counter((pair.first, pair.second) for pair in pairs)
    return agreement([[counts[first, second] for second in _PICKS] for first in _PICKS])


def _concluded(now: datetime) -> QuerySet[Examination]:
    rows = Examination.objects.filter(purpose=Purpose.AGREEMENT, concluded_at__gt=now - LATELY)
    return rows.select_related("original").order_by("-concluded_at")


def _pairs(rows: QuerySet[Examination]) -> list[Pair]:
    found = list(rows[:_MOST])
    chosen: dict[UUID, str] = dict(
        Resolution.objects.filter(proposal__in=[row.original_id for row in found]).values_list(
            "proposal_id", "args_sha256"
        )
    )
    decisions = {
        decision.task.proposal_id: decision
        for decision in Decision.objects.filter(
            task__proposal__in=[row.copy_id for row in found], undone_at__isnull=True
        ).select_related("task", "by")
    }
    return [
        Pair(
            original=row.original,
            first=pick_of(chosen[row.original_id], row.original.args_sha256),
            second=pick_of(decisions[row.copy_id].args_sha256, row.original.args_sha256),
            chosen=chosen[row.original_id],
            decision=decisions[row.copy_id],
        )
        for row in found
        if row.copy_id in decisions and row.original_id in chosen
    ]
