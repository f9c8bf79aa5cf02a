"""Everything the decision card shows about one task, gathered in a fixed number of queries.

What a blind second person must not know is left out here, not hidden in a template.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import allows, why_not
from apps.desk.queries.beliefs import Belief, belief
from apps.desk.queries.precedents import Precedent, precedents
from apps.proposals.differences import differences
from apps.proposals.models import Alternative, Evidence, Proposal
from apps.registry.marks import resolved
from apps.registry.models import ReasonCode
from apps.registry.schemas import compile_schema
from apps.reviews import policies
from apps.reviews.caution import word_for
from apps.reviews.models import Decision, Task
from apps.reviews.states import TaskStatus
from apps.reviews.verdicts import is_blind
from apps.routing.queries import policy_for
from apps.routing.reasons import sentence
from apps.routing.states import Layer, Verb
from apps.sla import queries as sla
from apps.sla.faces import ClockFace


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as people read it; a list of plain values is shown as one."""

    title: str
    description: str
    values: list[Any]


@dataclass(frozen=True, slots=True)
class Stakes:
    """Money and reach, as the agent states them. `amount` is a decimal text or empty."""

    amount: str
    currency: str
    affected: int | None
    systems: list[str]


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """An item of evidence, and whether it is older than the policy likes."""

    item: Evidence
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """An alternative and what it would change in the proposed action."""

    alternative: Alternative
    changes: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Card:
    """What the page shows. `why_not` says why this person cannot claim the task; empty when they can."""

    task: Task
    proposal: Proposal
    arguments: list[Argument]
    raw: str
    stakes: Stakes
    reasons: list[tuple[str, str]]
    evidence: list[EvidenceItem]
    belief: Belief
    choices: list[Choice]
    precedents: list[Precedent]
    clock: ClockFace | None
    clock_target: str
    reason_codes: list[ReasonCode]
    votes: list[Decision]
    is_mine: bool
    is_blind: bool
    why_not: str
    can_take_away: bool
    verbs: frozenset[str]
    must_type: str
    grant_minutes: int
    undo_seconds: int

    @property
    def precedents_taken(self) -> int:
        """In how many of the precedents the proposed action was approved as it was."""
        return sum(one.resolution.verb == Verb.APPROVE for one in self.precedents)


def find_task(task_id: UUID) -> Task:
    """The task with all the card reads by key. Raises Task.DoesNotExist."""
    return Task.objects.select_related(
        "queue",
        "workflow",
        "claimed_by",
        "proposal__workflow",
        "proposal__action_type",
        "proposal__agent",
        "proposal__agent_version",
        "proposal__slice",
        "proposal__assessment",
    ).get(pk=task_id)


def card(task: Task, *, by: User, now: datetime) -> Card:
    """The card as `by` may see it."""
    proposal = task.proposal
    queues = policies.queue_ids(by)
    sees_votes = allows(policies.check_see_votes, task, by=by, queues=queues)
    is_mine = task.status == TaskStatus.CLAIMED and task.claimed_by_id == by.pk
    action_type = proposal.action_type
    cycles = [cycle for cycle in sla.cycles_of(proposal.pk) if cycle.target in ("claim", "decide")]
    waiting = sorted((cycle for cycle in cycles if cycle.met_at is None), key=lambda cycle: cycle.due_at)
    cycle = waiting[0] if waiting and task.closed_at is None else None
    return Card(
        task=task,
        proposal=proposal,
        arguments=arguments(action_type.args_schema, proposal.args),
        raw=json.dumps({"name": action_type.name, "args": proposal.args}, indent=2, ensure_ascii=False),
        stakes=stakes(proposal.impact),
        reasons=reasons(proposal),
        evidence=_evidence(proposal, now),
        belief=belief(proposal),
        choices=_choices(proposal),
        precedents=precedents(proposal),
        clock=sla.clock_face(cycle, now) if cycle else None,
        clock_target=cycle.target if cycle else "",
        reason_codes=list(ReasonCode.objects.filter(workflow_id=proposal.workflow_id)),
        votes=_votes(task, by, sees_votes),
        is_mine=is_mine,
        is_blind=not sees_votes and is_blind(len(task.deciders)),
        why_not="" if is_mine else why_not(policies.check_take, task, by=by, queues=queues, now=now),
        can_take_away=allows(policies.check_take_away, task, by=by),
        verbs=frozenset(task.verbs),
        must_type=word_for(proposal),
        grant_minutes=settings.REVIEWHUB_GRANT_MINUTES,
        undo_seconds=settings.REVIEWHUB_UNDO_SECONDS,
    )


def arguments(schema: dict[str, Any], args: dict[str, Any]) -> list[Argument]:
    """The arguments by name in the schema's order; values of one list are one argument."""
    fields = compile_schema(schema).fields(args)
    found = []
    for _path, group in groupby(fields, key=lambda field: field.path):
        members = list(group)
        found.append(Argument(members[0].title, members[0].description, [member.value for member in members]))
    return found


def titled(changes: list[dict[str, Any]], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The differences with a `title` each, in the schema's words where it has some; the action's name first."""
    rules = resolved(schema, schema)
    named = rules.get("properties")
    properties = named if isinstance(named, dict) else {}
    found = []
    for change in changes:
        path = change["path"].removeprefix("args.")
        title = resolved(schema, properties.get(path, {})).get("title")
        words = _("Action") if change["path"] == "name" else path.replace("_", " ")
        found.append({**change, "title": title if isinstance(title, str) and title else words})
    return sorted(found, key=lambda change: change["path"] != "name")


def reasons(proposal: Proposal) -> list[tuple[str, str]]:
    """(layer, sentence) of every reason of the assessment. Wants `assessment` loaded."""
    return [(str(Layer(reason["layer"]).label), sentence(reason)) for reason in proposal.assessment.reasons]


def stakes(impact: dict[str, Any]) -> Stakes:
    """The impact of a proposal in parts a page can show; what is not of the right form is left out."""
    affected = impact.get("affected")
    systems = impact.get("systems") or []
    return Stakes(
        amount=_money(impact.get("amount")),
        currency=str(impact.get("currency") or ""),
        affected=affected if isinstance(affected, int) else None,
        systems=[str(system) for system in systems] if isinstance(systems, list) else [],
    )


def _money(amount: Any) -> str:
    if amount is None:
        return ""
    try:
        value = Decimal(str(amount))
    except InvalidOperation:
        return ""
    if not value.is_finite():
        return ""
    return f"{value:,.2f}" if value == round(value, 2) else f"{value:,f}"


def _evidence(proposal: Proposal, now: datetime) -> list[EvidenceItem]:
    cell = policy_for(proposal.workflow_id).matrix[proposal.cell_address]
    oldest = now - timedelta(seconds=cell.evidence_stale_seconds)
    return [
        EvidenceItem(item, item.retrieved_at is not None and item.retrieved_at < oldest)
        for item in proposal.evidence.all()
    ]


def _choices(proposal: Proposal) -> list[Choice]:
    before = {"name": proposal.action_type.name, "args": proposal.args}
    return [
        Choice(
            alternative,
            titled(
                differences(before, {"name": alternative.action_name, "args": alternative.args}),
                proposal.action_type.args_schema,
            )
            if alternative.action_name
            else [],
        )
        for alternative in proposal.alternatives.all()
    ]


def _votes(task: Task, by: User, sees_votes: bool) -> list[Decision]:
    """The standing decisions this person may know; while others still decide, at most their own."""
    rows = task.decisions.filter(undone_at__isnull=True).select_related("by").order_by("decided_at", "id")
    if not task.deciders:
        return []
    return [vote for vote in rows if sees_votes or vote.by_id == by.pk]
