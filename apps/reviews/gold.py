"""Puts confirmed overrides into the bank of gold tasks: what two people, blind to each other, would not let happen."""

from collections.abc import Iterable
from datetime import datetime

from apps.proposals.models import Proposal
from apps.reviews.models import Decision, GoldCase
from apps.reviews.states import GoldSource

# So many different people have to have said it.
CONFIRMS = 2


def overrides(proposal: Proposal, votes: Iterable[Decision]) -> list[Decision]:
    """The decisions among `votes` that did not take the proposed action."""
    return [vote for vote in votes if vote.args_sha256 != proposal.args_sha256]


def keep_confirmed(*, proposal: Proposal, overrides: Iterable[Decision], now: datetime) -> None:
    """Keep a confirmed mistake, once; `overrides` hold what people chose instead. One statement.

    No event tells of it: whoever reads the log may be shown the case later.
    """
    case = GoldCase(
        workflow_id=proposal.workflow_id,
        proposal=proposal,
        source=GoldSource.OVERRIDE,
        is_mistake=True,
        answers=sorted({vote.args_sha256 for vote in overrides}),
        added_at=now,
    )
    GoldCase.objects.bulk_create([case], ignore_conflicts=True)
