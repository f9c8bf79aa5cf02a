"""What did people decide on the last similar cases?

Similar: about the same subject, or the same kind of work with the same categories. Looks back over a fixed number of
proposals, so the cost does not grow with history.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.proposals.examining import relatives
from apps.proposals.models import Proposal, Resolution
from apps.proposals.states import DecidedBy
from apps.registry.schemas import ArgsSchema, compile_schema

MOST = 5
_LOOK_BACK = 120
_SAME_SUBJECT = 10


@dataclass(frozen=True, slots=True)
class Precedent:
    """An earlier case and its answer, and whether it is about the very same subject."""

    resolution: Resolution
    proposal: Proposal
    is_same_subject: bool


def precedents(proposal: Proposal, *, kept_back: Collection[UUID] = ()) -> list[Precedent]:
    """At most five: those about the same subject first, then the latest; none of those in `kept_back`, which this
    reader is to judge without knowing. Three queries. Wants `action_type` loaded.
    """
    without = {proposal.pk, *relatives(proposal), *kept_back}
    about = _about_the_subject(proposal, without)
    alike = about | _of_the_same_kind(proposal, without)
    latest = sorted(alike, key=lambda proposal_id: (proposal_id in about, alike[proposal_id]), reverse=True)[
        :MOST
    ]
    rows = Resolution.objects.filter(proposal_id__in=latest).select_related("proposal")
    found = {row.proposal_id: row for row in rows}
    return [Precedent(found[pk], found[pk].proposal, pk in about) for pk in latest]


def _about_the_subject(proposal: Proposal, without: Collection[UUID]) -> dict[UUID, datetime]:
    """{proposal id: settled at} of the last answered ones of the workflow about the same subject."""
    if not proposal.subject_id:
        return {}
    last = (
        Proposal.objects.filter(subject_id=proposal.subject_id).order_by("-id").values("pk")[:_SAME_SUBJECT]
    )
    rows = _answered(last, without).filter(
        proposal__workflow_id=proposal.workflow_id, proposal__subject_kind=proposal.subject_kind
    )
    return dict(rows.values_list("proposal_id", "settled_at"))


def _of_the_same_kind(proposal: Proposal, without: Collection[UUID]) -> dict[UUID, datetime]:
    """{proposal id: settled at} of the slice's last answered ones with the same categories."""
    schema = compile_schema(proposal.action_type.args_schema)
    own = _categories(schema, proposal.args)
    last = Proposal.objects.filter(slice_id=proposal.slice_id).order_by("-id").values("pk")[:_LOOK_BACK]
    rows = _answered(last, without).values_list("proposal_id", "settled_at", "proposal__args")
    return {pk: settled_at for pk, settled_at, args in rows if _categories(schema, args) == own}


def _answered(among: Iterable[Any], without: Collection[UUID]) -> QuerySet[Resolution]:
    rows = Resolution.objects.filter(decided_by_type=DecidedBy.HUMAN, proposal_id__in=among)
    return rows.exclude(proposal_id__in=without)


def _categories(schema: ArgsSchema, args: dict[str, Any]) -> set[tuple[str, str]]:
    return {(path, repr(value)) for path, value in schema.categories(args)}
