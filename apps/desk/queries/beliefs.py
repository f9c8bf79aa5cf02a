"""How far can this agent's word be believed here? Counts from the ledger, no statistics: those are trust's.

What the slice's totals say, and what happened lately when the stated confidence was about the same.
"""

from dataclasses import dataclass

from apps.proposals.models import Proposal
from apps.trust.models import LedgerEntry
from apps.trust.statistics.shares import likely_range

NEAR = 0.05
_LATELY = 300
_ENOUGH = 5


@dataclass(frozen=True, slots=True)
class Belief:
    """`agreed` of `counted` decisions in the slice took the proposed action; `near_*` lately, at this confidence."""

    stated: float
    counted: int
    agreed: int
    near_counted: int
    near_agreed: int

    @property
    def share(self) -> float | None:
        """The share of agreement in the slice, None without any decision."""
        return self.agreed / self.counted if self.counted else None

    @property
    def near_share(self) -> float | None:
        """The share of agreement at about this confidence, None without any decision."""
        return self.near_agreed / self.near_counted if self.near_counted else None

    @property
    def is_near(self) -> bool:
        """Whether there were enough cases at about this confidence to speak of them."""
        return self.near_counted >= _ENOUGH

    @property
    def shown_share(self) -> float | None:
        """The share a page shows first."""
        return self.near_share if self.is_near else self.share

    @property
    def shown_range(self) -> tuple[float, float]:
        """Between which shares the true one behind it lies, as far as so many cases can say."""
        if self.is_near:
            return likely_range(self.near_agreed, self.near_counted)
        return likely_range(self.agreed, self.counted)


def belief(proposal: Proposal) -> Belief:
    """One query, over the slice's last entries only. Wants `slice` loaded."""
    lately = LedgerEntry.objects.filter(slice_id=proposal.slice_id).order_by("-at")
    near = [
        wrong
        for is_counted, confidence, wrong in lately.values_list("is_counted", "confidence", "wrong")[:_LATELY]
        if is_counted and abs(confidence - proposal.confidence) <= NEAR
    ]
    return Belief(
        stated=proposal.confidence,
        counted=proposal.slice.counted,
        agreed=proposal.slice.counted - proposal.slice.wrong,
        near_counted=len(near),
        near_agreed=near.count(False),
    )
