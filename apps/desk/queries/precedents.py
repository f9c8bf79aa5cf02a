"""What did people decide on the last similar cases?

Similar: about the same subject, or the same kind of work with the same categories. What was decided about the same
subject is shown whatever the action was; only the same action says how this one may be judged. Looks back over a fixed
number of proposals, so the cost does not grow with history. What was erased is like nothing.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from apps.audit.reading import Reading
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


_ANSWERS = Reading(Resolution, "proposal__action_type")
# With every card: a statement that is written out costs half of what Django needs to build it.
_LAST = """
    SELECT last.id, answer.settled_at, last.workflow_id, last.subject_kind, last.args
    FROM (
      SELECT id, workflow_id, subject_kind, args, erased_at
        FROM proposals_proposal WHERE {condition} ORDER BY id DESC LIMIT %s
    ) last
    JOIN proposals_resolution answer ON answer.proposal_id = last.id
    WHERE answer.decided_by_type = %s AND last.id <> ALL(%s) AND last.erased_at IS NULL
"""


class _Answered(NamedTuple):
    proposal_id: UUID
    settled_at: datetime
    workflow_id: int
    subject_kind: str
    args: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Precedent:
    """An earlier case and its answer, whether it is about the very same subject, and whether its action is the same."""

    resolution: Resolution
    proposal: Proposal
    is_same_subject: bool
    is_same_action: bool


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
    rows = _ANSWERS.all("WHERE proposals_proposal.id = ANY(%s)", [latest]) if latest else []
    found = {row.proposal_id: row for row in rows}
    return [
        Precedent(
            found[pk],
            found[pk].proposal,
            pk in about,
            found[pk].proposal.action_type_id == proposal.action_type_id,
        )
        for pk in latest
    ]


def says_otherwise(share: float | None, taken: Sequence[bool]) -> bool:
    """Whether the similar cases (was each approved as it was?) say something else than the slice's share. Pure."""
    return len(taken) > 1 and share is not None and abs(share - sum(taken) / len(taken)) >= _FAR_OFF


def taken_before(proposals: Sequence[Proposal]) -> dict[UUID, list[bool]]:
    """{proposal id: whether each of its similar cases of the same action was approved as it was}, for several proposals
    of one slice.

    The same cases as `precedents`, in two queries for all of them. Wants `action_type` loaded.
    """
    slice_id, workflow_id = proposals[0].slice_id, proposals[0].workflow_id
    last = Proposal.objects.filter(slice_id=slice_id).order_by("-id").values("pk")[:_LOOK_BACK]
    subjects = {one.subject_id for one in proposals if one.subject_id}
    about = Proposal.objects.filter(workflow_id=workflow_id, subject_id__in=subjects)
    about = about.order_by("-id")[: _SAME_SUBJECT * len(proposals)]
    rows = Resolution.objects.filter(
        decided_by_type=DecidedBy.HUMAN, proposal__is_copy=False, proposal__erased_at__isnull=True
    )
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
        found[one.pk] = [
            row.verb == Verb.APPROVE
            for row in alike[:MOST]
            if row.proposal.action_type_id == one.action_type_id
        ]
    return found


def _about_the_subject(proposal: Proposal, without: Collection[UUID]) -> dict[UUID, datetime]:
    """{proposal id: settled at} of the last answered ones of the workflow about the same subject."""
    if not proposal.subject_id:
        return {}
    condition = "subject_id = %s"
    rows = _answered(condition, [proposal.subject_id], most=_SAME_SUBJECT, without=without)
    wanted = (proposal.workflow_id, proposal.subject_kind)
    return {row.proposal_id: row.settled_at for row in rows if (row.workflow_id, row.subject_kind) == wanted}


def _of_the_same_kind(proposal: Proposal, without: Collection[UUID]) -> dict[UUID, datetime]:
    """{proposal id: settled at} of the slice's last answered ones with the same categories."""
    schema = compile_schema(proposal.action_type.args_schema)
    own = _categories(schema, proposal.args)
    rows = _answered("slice_id = %s", [proposal.slice_id], most=_LOOK_BACK, without=without)
    return {row.proposal_id: row.settled_at for row in rows if _categories(schema, row.args) == own}


def _answered(
    condition: str, values: Sequence[Any], *, most: int, without: Collection[UUID]
) -> list[_Answered]:
    """Of the last `most` proposals for which the condition holds, those a person answered, except `without`."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST.format(condition=condition), [*values, most, DecidedBy.HUMAN, list(without)])
        rows = cursor.fetchall()
    return [_Answered(key, at, workflow, kind, json.loads(args)) for key, at, workflow, kind, args in rows]


def _categories(schema: ArgsSchema, args: dict[str, Any]) -> set[tuple[str, str]]:
    return {(path, repr(value)) for path, value in schema.categories(args)}
