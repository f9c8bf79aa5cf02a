"""What did people decide on the last similar cases?

Similar: about the same subject, or the same kind of work with the same categories. Looks back over a fixed number of
proposals, so the cost does not grow with history.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.proposals.examining import relatives
from apps.proposals.models import Proposal, Resolution
from apps.proposals.states import DecidedBy
from apps.registry.schemas import ArgsSchema, compile_schema
from apps.routing.states import Verb

MOST = 5
_LOOK_BACK = 120
_SAME_SUBJECT = 10
# From here on the share of agreement among similar cases is another one than that of the slice.
_FAR_OFF = 0.3


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


def says_otherwise(share: float | None, taken: Sequence[bool]) -> bool:
    """Whether the similar cases (was each approved as it was?) say something else than the slice's share. Pure."""
    return len(taken) > 1 and share is not None and abs(share - sum(taken) / len(taken)) >= _FAR_OFF


def taken_before(proposals: Sequence[Proposal]) -> dict[UUID, list[bool]]:
    """{proposal id: whether each of its similar cases was approved as it was} for several proposals of one slice.

    The same cases as `precedents`, in two queries for all of them. Wants `action_type` loaded.
    """
    slice_id, workflow_id = proposals[0].slice_id, proposals[0].workflow_id
    last = Proposal.objects.filter(slice_id=slice_id).order_by("-id").values("pk")[:_LOOK_BACK]
    subjects = {one.subject_id for one in proposals if one.subject_id}
    about = Proposal.objects.filter(workflow_id=workflow_id, subject_id__in=subjects)
    about = about.order_by("-id")[: _SAME_SUBJECT * len(proposals)]
    rows = Resolution.objects.filter(decided_by_type=DecidedBy.HUMAN, proposal__is_copy=False)
    rows = rows.select_related("proposal").order_by("-settled_at")
    kind, subject = (
        list(rows.filter(proposal_id__in=last)),
        list(rows.filter(proposal_id__in=about.values("pk"))),
    )
    schema = compile_schema(proposals[0].action_type.args_schema)
    by_kind = [(_categories(schema, row.proposal.args), row) for row in kind]
    found = {}
    for one in proposals:
        own, named = _categories(schema, one.args), (one.subject_kind, one.subject_id)
        alike = [
            row
            for row in subject
            if one.subject_id and (row.proposal.subject_kind, row.proposal.subject_id) == named
        ]
        alike += [row for categories, row in by_kind if categories == own and row not in alike]
        found[one.pk] = [row.verb == Verb.APPROVE for row in alike[:MOST]]
    return found


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
