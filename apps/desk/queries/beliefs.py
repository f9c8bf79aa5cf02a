"""How far can this agent's word be believed here? Counts from the ledger, no statistics: those are trust's.

What the slice's totals say, and what happened lately when the stated confidence was about the same. Every verdict of a
person goes into both, also those that prove nothing. Below the lowest tested confidence only what is near says
anything: how the agent does when it is sure is no ground to believe it when it is not.
"""

from dataclasses import dataclass

from django.db import connection

from apps.proposals.examining import relatives
from apps.proposals.models import Proposal
from apps.trust.judging import is_verdict
from apps.trust.states import NotEvidence
from apps.trust.statistics.shares import likely_range
from apps.trust.terms import rules_of

NEAR = 0.05
_LATELY = 300
_ENTRIES = """
    SELECT proposal_id, source_kind, not_counted_because, confidence, wrong FROM trust_ledgerentry
    WHERE slice_id = %s ORDER BY at DESC, id DESC LIMIT %s
"""
_ENOUGH = 5


@dataclass(frozen=True, slots=True)
class Belief:
    """`agreed` of `judged` verdicts in the slice took the proposed action; `near_*` lately, at this confidence.

    `is_below`: the stated confidence is below all tested ones.
    """

    stated: float
    judged: int
    agreed: int
    near_judged: int
    near_agreed: int
    is_below: bool = False

    @property
    def share(self) -> float | None:
        """The share of agreement in the slice; None without any verdict, and where it says nothing."""
        return self.agreed / self.judged if self.judged and not self.is_below else None

    @property
    def near_share(self) -> float | None:
        """The share of agreement at about this confidence, None without any verdict."""
        return self.near_agreed / self.near_judged if self.near_judged else None

    @property
    def is_near(self) -> bool:
        """Whether there were enough cases at about this confidence to speak of them; below, any is."""
        return self.near_judged >= (1 if self.is_below else _ENOUGH)

    @property
    def shown_share(self) -> float | None:
        """The share a page shows first."""
        return self.near_share if self.is_near else self.share

    @property
    def shown_cases(self) -> int:
        """Of how many cases that share is."""
        return self.near_judged if self.is_near else self.judged

    @property
    def shown_range(self) -> tuple[float, float]:
        """Between which shares the true one behind it lies, as far as so many cases can say."""
        if self.is_near:
            return likely_range(self.near_agreed, self.near_judged)
        return likely_range(self.agreed, self.judged)


def belief(proposal: Proposal) -> Belief:
    """Over the slice's last entries only, in one query; of a copy, whose original must not tell on it, in three.
    Wants `slice` loaded.
    """
    row, own = proposal.slice, relatives(proposal)
    judged, agreed, near, settled = row.judged, row.agreed, [], set()
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [proposal.slice_id, _LATELY])
        entries = cursor.fetchall()
    for proposal_id, source, because, confidence, wrong in entries:
        if not is_verdict(source=source, wrong=wrong, because=because):
            continue
        if because == NotEvidence.SECOND_LOOK and proposal_id in settled:
            # Somebody looked again since, and that verdict is there already.
            continue
        settled.add(proposal_id)
        if proposal_id in own:
            judged, agreed = judged - 1, agreed - (not wrong)
        elif abs(confidence - proposal.confidence) <= NEAR:
            near.append(wrong)
    return Belief(
        stated=proposal.confidence,
        judged=judged,
        agreed=agreed,
        near_judged=len(near),
        near_agreed=near.count(False),
        is_below=proposal.confidence < rules_of(row).edges[-1],
    )
