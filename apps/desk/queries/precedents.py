"""What did people decide on the last similar cases?

Similar: about the same subject, or the same kind of work with the same categories. Looks back over a fixed number of
proposals of the slice, so the cost does not grow with history.
"""

from dataclasses import dataclass
from typing import Any

from apps.proposals.models import Proposal, Resolution
from apps.proposals.states import DecidedBy
from apps.registry.schemas import ArgsSchema, compile_schema

MOST = 5
_LOOK_BACK = 120
_SAME_SUBJECT = 10


@dataclass(frozen=True, slots=True)
class Precedent:
    """An earlier case, its answer, and how it resembles this one: `shared` of `of` categories are the same."""

    resolution: Resolution
    proposal: Proposal
    is_same_subject: bool
    shared: int
    of: int


def precedents(proposal: Proposal) -> list[Precedent]:
    """At most five, the most similar first, then the latest. Two queries. Wants `action_type` loaded."""
    schema = compile_schema(proposal.action_type.args_schema)
    own = _categories(schema, proposal.args)
    found = [
        Precedent(
            resolution=resolution,
            proposal=resolution.proposal,
            is_same_subject=_is_same_subject(proposal, resolution.proposal),
            shared=len(own & _categories(schema, resolution.proposal.args)),
            of=len(own),
        )
        for resolution in _earlier(proposal)
    ]
    alike = [one for one in found if one.is_same_subject or one.shared == one.of]
    latest = sorted(alike, key=lambda one: one.resolution.settled_at, reverse=True)
    return sorted(latest, key=lambda one: not one.is_same_subject)[:MOST]


def _earlier(proposal: Proposal) -> list[Resolution]:
    slice_rows = Proposal.objects.filter(slice_id=proposal.slice_id).order_by("-id").values("pk")[:_LOOK_BACK]
    rows = list(_answered(proposal).filter(proposal_id__in=slice_rows))
    if not proposal.subject_id:
        return rows
    about = (
        Proposal.objects.filter(subject_id=proposal.subject_id).order_by("-id").values("pk")[:_SAME_SUBJECT]
    )
    rows += _answered(proposal).filter(
        proposal_id__in=about,
        proposal__workflow_id=proposal.workflow_id,
        proposal__subject_kind=proposal.subject_kind,
    )
    return list({row.proposal_id: row for row in rows}.values())


def _answered(proposal: Proposal) -> Any:
    return (
        Resolution.objects.filter(decided_by_type=DecidedBy.HUMAN)
        .exclude(proposal_id=proposal.pk)
        .select_related("proposal__action_type")
    )


def _is_same_subject(one: Proposal, other: Proposal) -> bool:
    return bool(one.subject_id) and (one.subject_kind, one.subject_id) == (
        other.subject_kind,
        other.subject_id,
    )


def _categories(schema: ArgsSchema, args: dict[str, Any]) -> set[tuple[str, str]]:
    return {(path, repr(value)) for path, value in schema.categories(args)}
