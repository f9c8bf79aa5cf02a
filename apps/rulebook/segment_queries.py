"""What the pages of segments show: which there are, what has come into each, and what a condition would have held."""

from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from apps.accounts.models import User
from apps.proposals.models import Proposal
from apps.registry.conditions.expressions import BadExpression
from apps.registry.models import ActionType, Workflow
from apps.registry.schemas import compile_schema
from apps.rulebook.sight import Sight
from apps.trust.models import Segment, Slice
from apps.trust.segments import REST, SEGMENTS

# How many of the newest proposals a condition is tried on.
LATELY = 1000


class Held(NamedTuple):
    """Of the newest proposals of an action type, how many a condition holds, and how many it could not answer."""

    held: int
    failed: int
    of: int


@dataclass(frozen=True, slots=True)
class Kind:
    """An action type with its segments, each with how many proposals came into it; `rest` came into none."""

    kind: ActionType
    segments: list[tuple[Segment, int]]
    rest: int


def segmented(workflows: QuerySet[Workflow]) -> list[Kind]:
    """Every open action type of these workflows with its segments, in the order in which they are tried."""
    kinds = ActionType.objects.filter(workflow__in=workflows, is_active=True).select_related("workflow")
    ordered = list(kinds.order_by("workflow__name", "title").prefetch_related("segments"))
    # Only where there are segments does anybody want to know; a proposal that was looked at twice came in once.
    wanted = [kind.pk for kind in ordered if kind.segments.all()]
    counted = Slice.objects.filter(action_type__in=wanted).values_list("action_type", "segment")
    came = {
        (kind, segment): n
        for kind, segment, n in counted.annotate(n=Count("proposals", filter=Q(proposals__is_copy=False)))
    }
    return [
        Kind(
            kind,
            [(one, came.get((kind.pk, one.slug), 0)) for one in kind.segments.all()],
            came.get((kind.pk, REST), 0),
        )
        for kind in ordered
    ]


def held_of_past(kind: ActionType, when: str, *, by: User) -> Held | None:
    """How many of the last proposals of an action type that are there for `by` a condition holds, asked of what they
    may see; None when it cannot be used.
    """
    try:
        condition = SEGMENTS.compiled(when)
    except BadExpression:
        return None
    schema = compile_schema(kind.args_schema)
    lately = Proposal.objects.filter(action_type=kind, is_copy=False, erased_at__isnull=True)
    sight = Sight(by)
    held = failed = of = 0
    for proposal in sight.there(lately.select_related("action_type").order_by("-id")[:LATELY]):
        answer = condition.ask(SEGMENTS.given(sight.declared(proposal, kind, schema)))
        held += answer.holds
        failed += bool(answer.failure)
        of += 1
    return Held(held, failed, of)
