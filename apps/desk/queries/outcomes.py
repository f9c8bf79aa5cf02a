"""What became true later about the work of a slice: outcomes, incidents, vetoes, each with the story it belongs to."""

from dataclasses import dataclass

from apps.accounts.models import User
from apps.desk.queries.sight import sight
from apps.desk.queries.stories import masked_row
from apps.proposals.models import Outcome, Proposal
from apps.trust.models import LedgerEntry, Slice
from apps.trust.queries import later_page
from apps.trust.states import Feeds


@dataclass(frozen=True, slots=True)
class Later:
    """An entry of the ledger with its outcome (None: a veto) and its proposal, as one person sees it."""

    entry: LedgerEntry
    outcome: Outcome | None
    proposal: Proposal
    detail: str
    is_corrected: bool

    @property
    def raised_alarm(self) -> bool:
        """Whether it made the alarm of what runs rise."""
        return self.entry.feeds == Feeds.ALARM


@dataclass(frozen=True, slots=True)
class LaterPage:
    """`rows` newest first; `older` is the key of the next page, empty on the last one."""

    rows: list[Later]
    older: str


def later_truth(row: Slice, *, by: User, before: str = "") -> LaterPage:
    """One page of it. Four queries, and what masking a row takes."""
    page = later_page(row, before=before)
    outcomes = Outcome.objects.select_related("by", "corrected_by").in_bulk(
        [entry.source_id for entry in page.entries]
    )
    proposals = Proposal.objects.select_related("action_type", "agent", "workflow").in_bulk(
        [entry.proposal_id for entry in page.entries]
    )
    return LaterPage(
        [
            _later(entry, outcomes.get(entry.source_id), proposals[entry.proposal_id], by)
            for entry in page.entries
            if entry.proposal_id in proposals
        ],
        page.older,
    )


def is_corrected(outcome: Outcome) -> bool:
    """Whether a later report says that it was not so."""
    return hasattr(outcome, "corrected_by")


def _later(entry: LedgerEntry, outcome: Outcome | None, proposal: Proposal, by: User) -> Later:
    seen = sight(proposal, by=by, is_uncovered=False)
    return Later(
        entry=entry,
        outcome=masked_row(outcome, seen, "detail", "source"),
        proposal=proposal,
        detail=outcome.detail if outcome else "",
        is_corrected=outcome is not None and is_corrected(outcome),
    )
