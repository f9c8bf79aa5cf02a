"""May this exact action be granted now, and how many people have to want it?

The task's quorum was set for the action the agent proposed. What a person chooses instead, an edit or an alternative,
may cost more, weigh more, or be in shadow: it is placed in the same matrix, by the same pure assessment, with the
trust its own slice has at this moment.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.halts.standing import halts_in
from apps.proposals.models import Proposal
from apps.proposals.permitted import outside_scope
from apps.proposals.ruling import amount_of, circumstances_of, declared_of
from apps.registry.catalogue import current_book
from apps.registry.models import ActionType
from apps.registry.schemas import compile_schema
from apps.registry.states import AgentStatus, Stage
from apps.routing.assessment import assess
from apps.routing.facts import Facts, TrustState
from apps.routing.queries import Policy, policy_for
from apps.routing.rules.judging import NOTHING, Judged
from apps.trust.actions import open_slice
from apps.trust.beginning import first_stage
from apps.trust.models import Slice
from apps.trust.segmenting import segments_in
from apps.trust.segments import REST, segment_of

_MAY_BE_GRANTED = (Stage.ASSISTED, Stage.SUPERVISED)


@dataclass(frozen=True, slots=True)
class Requirement:
    """`people` who must choose it; `obstacle` is a sentence when it cannot be granted at all, else empty. `is_halted`:
    because of a halt, which keeps copies waiting as well, since nobody may tell them apart by it. `compliance` is the
    slug of the queue whose people have to agree as the second, empty without.
    """

    people: int
    obstacle: str = ""
    is_halted: bool = False
    compliance: str = ""


def requirement(proposal: Proposal, *, name: str, args: dict[str, Any], now: datetime) -> Requirement:
    """What granting the action `name` with `args` to the proposal's agent takes now."""
    halted = _halted(proposal, proposal.slice_id, name)
    if halted:
        return Requirement(1, halted, is_halted=True)
    if proposal.agent.status != AgentStatus.ACTIVE:
        return Requirement(1, _("The agent is suspended: nothing can be granted to it."))
    action_type = _action_type(proposal, name)
    if action_type is None or not action_type.is_active:
        return Requirement(1, _("This action is not offered any more."))
    outside = outside_scope(current_book(), proposal, action_type, args)
    if outside:
        return Requirement(1, outside)
    policy = policy_for(proposal.workflow_id)
    facts = _facts(proposal, action_type, args, now)
    judged = _judged(policy, facts, proposal, name, args)
    row = _slice(proposal, action_type, args)
    if row is not None and row.pk != proposal.slice_id:
        halted = _halted(proposal, row.pk, name)
        if halted:
            return Requirement(1, halted, is_halted=True)
    if row is None:
        stage = first_stage(action_type=action_type, agent_id=proposal.agent_id, now=now)
    else:
        stage = Stage(row.stage)
    assessed = assess(facts, policy.matrix, TrustState(stage, None), judged)
    if judged.refusal:
        return Requirement(assessed.quorum, judged.refusal)
    if assessed.stage not in _MAY_BE_GRANTED:
        return Requirement(
            assessed.quorum, _("This action is in shadow for this agent: it cannot be granted.")
        )
    return Requirement(assessed.quorum, compliance=assessed.compliance)


def _halted(proposal: Proposal, slice_id: int, name: str) -> str:
    """Why nothing can be granted in this slice because of a halt; empty where none stands."""
    halt = halts_in(current_book()).over(
        workflow_id=proposal.workflow_id,
        agent_id=proposal.agent_id,
        slice_id=slice_id,
        instead=name if name != proposal.action_type.name else "",
    )
    if halt is None:
        return ""
    return _("{halted} Nothing can be approved until it is lifted.").format(halted=halt.sentence)


def _judged(policy: Policy, facts: Facts, proposal: Proposal, name: str, args: dict[str, Any]) -> Judged:
    """What the rules say of it; without rules no query. Other agents say nothing of what a person chose."""
    if not policy.rules:
        return NOTHING
    alternatives = proposal.alternatives.count()
    return policy.judge(facts, circumstances_of(proposal, alternatives=alternatives, action=name, args=args))


def _action_type(proposal: Proposal, name: str) -> ActionType | None:
    if name == proposal.action_type.name:
        return proposal.action_type
    return ActionType.objects.filter(workflow_id=proposal.workflow_id, name=name).first()


def _declared(proposal: Proposal, action_type: ActionType, args: dict[str, Any]) -> dict[str, Any]:
    return declared_of(proposal, action_type, compile_schema(action_type.args_schema), args)


def chosen_slice(proposal: Proposal, *, name: str, args: dict[str, Any], now: datetime) -> Slice | None:
    """The slice in which what is granted belongs, opened where the agent never worked in it; None: in its own."""
    action_type = _action_type(proposal, name)
    if action_type is None or (action_type.pk == proposal.action_type_id and args == proposal.args):
        return None
    row = _slice(proposal, action_type, args)
    if row is None:
        segment = _segment(proposal, action_type, args)
        row = open_slice(action_type=action_type, agent=proposal.agent, segment=segment, now=now)
    return row if row.pk != proposal.slice_id else None


def _slice(proposal: Proposal, action_type: ActionType, args: dict[str, Any]) -> Slice | None:
    """The slice the chosen action falls into, by what it declares; None where the agent never worked in it."""
    segment = _segment(proposal, action_type, args)
    # What is decided as it was proposed stays in the slice it came into, whatever segments were made since.
    is_own = action_type.pk == proposal.action_type_id
    if is_own and (args == proposal.args or segment == proposal.slice.segment):
        return proposal.slice
    return Slice.objects.filter(action_type=action_type, agent_id=proposal.agent_id, segment=segment).first()


def _segment(proposal: Proposal, action_type: ActionType, args: dict[str, Any]) -> str:
    segments = segments_in(current_book()).get(action_type.pk, [])
    return segment_of(segments, _declared(proposal, action_type, args)) if segments else REST


def _facts(proposal: Proposal, action_type: ActionType, args: dict[str, Any], now: datetime) -> Facts:
    is_same_type = action_type.pk == proposal.action_type_id
    schema = compile_schema(action_type.args_schema)
    amount, currency = amount_of(proposal, action_type, schema, args)
    return Facts(
        consequence=action_type.consequence,
        reversibility=action_type.reversibility,
        effects=tuple(action_type.effects),
        confidence=proposal.confidence,
        now=now,
        hinted_consequence=proposal.consequence if is_same_type else None,
        hinted_reversibility=proposal.reversibility if is_same_type else None,
        amount=amount,
        currency=currency or action_type.amount_currency,
        amount_limit=action_type.amount_limit,
        limit_currency=action_type.amount_currency,
        zone=settings.TIME_ZONE,
    )
