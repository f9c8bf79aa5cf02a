"""What the pages of permissions show: what agents may propose, what of it they use, and when people looked at it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import OuterRef, QuerySet, Subquery

from apps.accounts.models import User
from apps.audit.ids import uuid7_at
from apps.proposals.models import Proposal
from apps.proposals.ruling import amount_of, declared_of
from apps.registry.conditions.expressions import BadExpression
from apps.registry.marks import has_sensitive, sensitive
from apps.registry.models import ActionType, Agent, AgentGrant, PermissionReview, Workflow
from apps.registry.schemas import compile_schema
from apps.registry.scopes import LIMITS, AgentScope
from apps.rulebook.scope_use import UNUSED_AFTER, Seen, Use, uses
from apps.rulebook.segment_queries import Held
from apps.rulebook.sight import Sight
from apps.trust.models import Slice

# How far back, and how many of the newest proposals, shared out among the slices of an agent in a workflow.
PERIOD = timedelta(days=90)
NEWEST = 2000
_LEAST = 50


@dataclass(frozen=True, slots=True)
class Past:
    """The newest proposals of an agent in a workflow, and until when each action type's are all there.

    `reaches` is None where all are there.
    """

    seen: list[Seen]
    reaches_of: dict[str, datetime]
    reaches: datetime | None


def past_of(agent: Agent, workflow: Workflow, *, now: datetime, by: User | None = None) -> Past:
    """About `NEWEST`, as many of each slice and at least `_LEAST`, of the last `PERIOD`. With `by`, who writes a
    condition to ask of them, only what is there for them. Three queries, and those of what `by` may see.
    """
    slices = list(Slice.objects.filter(agent=agent, workflow=workflow).values_list("pk", "action_type__name"))
    if not slices:
        return Past([], {}, None)
    each = max(_LEAST, NEWEST // len(slices))
    rows = Proposal.objects.filter(is_copy=False, pk__gte=uuid7_at(now - PERIOD)).only(
        "slice_id",
        "workflow_id",
        "action_type_id",
        "args",
        "masked",
        "impact",
        "hidden",
        "subject_kind",
        "subject_id",
        "created_at",
    )
    newest = [rows.filter(slice=pk).order_by("-id")[:each] for pk, _name in slices]
    kinds = {kind.pk: kind for kind in ActionType.objects.filter(workflow=workflow)}
    schemas = {pk: compile_schema(kind.args_schema) for pk, kind in kinds.items()}
    seen: list[Seen] = []
    counted: dict[int, list[datetime]] = defaultdict(list)
    sight = Sight(by) if by is not None else None
    found = list(newest[0].union(*newest[1:], all=True))
    for row in found:
        row.action_type = kinds[row.action_type_id]
        counted[row.slice_id].append(row.created_at)
    for row in sight.there(found) if sight else found:
        kind, schema = row.action_type, schemas[row.action_type_id]
        amount, currency = amount_of(row, kind, schema, row.args)
        declared = sight.declared(row, kind, schema) if sight else declared_of(row, kind, schema, row.args)
        is_hidden = _hides_amount(row)
        shown = None if is_hidden else amount
        seen.append(Seen(kind.name, row.created_at, declared, shown, currency, is_hidden))
    reaches: dict[str, datetime] = {}
    for pk, name in slices:
        if len(counted[pk]) == each:
            reaches[name] = max(reaches.get(name, min(counted[pk])), min(counted[pk]))
    return Past(seen, reaches, max(reaches.values(), default=None))


def _hides_amount(proposal: Proposal) -> bool:
    """Whether the amount at stake, or an argument that says it, is for few eyes."""
    if "amount" in proposal.hidden:
        return True
    schema = proposal.args_schema
    return has_sensitive(schema) and any(one.is_amount for one in sensitive(schema, proposal.args))


def held_of_agent(past: Past, scope: AgentScope) -> Held | None:
    """How many of them a scope would have let in; None when its condition cannot be used."""
    covered = [one for one in past.seen if scope.covers(one.action)]
    if not scope.within:
        return Held(len(covered), 0, len(past.seen))
    try:
        condition = LIMITS.compiled(scope.within)
    except BadExpression:
        return None
    answers = [condition.ask(LIMITS.given(one.declared)) for one in covered]
    held = sum(answer.holds for answer in answers)
    return Held(held, sum(bool(answer.failure) for answer in answers), len(past.seen))


@dataclass(frozen=True, slots=True)
class Granted:
    """What an agent may propose in one workflow. `uses` is None where the reader may not read the workflow's work."""

    grant: AgentGrant
    uses: list[Use] | None
    reaches: datetime | None
    reviews: list[PermissionReview]
    is_due: bool


def granted(agent: Agent, *, readable: Collection[int], now: datetime, today: date) -> list[Granted]:
    """Every workflow the agent is let into; `readable` are the ids of those whose work the reader may read."""
    rows = (
        AgentGrant.objects.filter(agent=agent).select_related("agent", "workflow").order_by("workflow__name")
    )
    return [_granted(row, row.workflow_id in readable, now=now, today=today) for row in rows]


def _granted(grant: AgentGrant, is_readable: bool, *, now: datetime, today: date) -> Granted:
    reviews = PermissionReview.objects.filter(agent=grant.agent, workflow=grant.workflow).order_by("-at")
    used, reaches = None, None
    if is_readable:
        past = past_of(grant.agent, grant.workflow, now=now)
        reaches = past.reaches
        offered = grant.workflow.action_types.filter(is_active=True).values_list("name", flat=True)
        used = uses(
            grant.scope_list,
            past.seen,
            offered=list(offered),
            reaches=past.reaches_of,
            since=grant.scopes_since,
            now=now,
        )
    return Granted(grant, used, reaches, list(reviews[:5]), grant.review_on <= today)


@dataclass(frozen=True, slots=True)
class Row:
    """One agent in one workflow on the list. `unused` are the actions it may propose and has not lately; None where
    the reader may not know.
    """

    grant: AgentGrant
    reviewed_at: datetime | None
    is_due: bool
    unused: list[str] | None


def all_grants() -> QuerySet[AgentGrant]:
    """Every agent in every workflow, what is to be reviewed first above; with `reviewed_at`."""
    reviews = PermissionReview.objects.filter(agent=OuterRef("agent"), workflow=OuterRef("workflow"))
    return (
        AgentGrant.objects.filter(workflow__is_active=True)
        .select_related("agent", "workflow")
        .annotate(reviewed_at=Subquery(reviews.order_by("-at").values("at")[:1]))
        .order_by("review_on", "agent__name", "workflow__name", "pk")
    )


def listed(
    grants: Iterable[AgentGrant], *, readable: Collection[int], now: datetime, today: date
) -> list[Row]:
    """The rows of these grants. Two queries; each slice is asked for its newest proposal alone."""
    page = list(grants)
    offered: dict[int, list[str]] = defaultdict(list)
    kinds = ActionType.objects.filter(workflow__in={one.workflow_id for one in page}, is_active=True)
    for workflow_id, name in kinds.order_by("name").values_list("workflow_id", "name"):
        offered[workflow_id].append(name)
    used = _used_lately({one.agent_id for one in page}, now=now)
    rows = []
    for grant in page:
        unused = None
        if grant.workflow_id in readable:
            names = [name for name in offered[grant.workflow_id] if grant.covers(name)]
            is_old = grant.scopes_since <= now - UNUSED_AFTER
            key = grant.agent_id, grant.workflow_id
            unused = [name for name in names if is_old and (*key, name) not in used]
        reviewed_at = grant.reviewed_at  # type: ignore[attr-defined]  # annotated
        rows.append(Row(grant, reviewed_at, grant.review_on <= today, unused))
    return rows


def _used_lately(agents: Collection[int], *, now: datetime) -> set[tuple[int, int, str]]:
    """(agent id, workflow id, action type) of which a proposal came within `UNUSED_AFTER`."""
    newest = (
        Proposal.objects.filter(slice=OuterRef("pk"), is_copy=False).order_by("-id").values("created_at")[:1]
    )
    slices = Slice.objects.filter(agent__in=agents).annotate(last_at=Subquery(newest))
    recent = slices.filter(last_at__gte=now - UNUSED_AFTER)
    return set(recent.values_list("agent_id", "workflow_id", "action_type__name"))
