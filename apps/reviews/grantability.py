"""May this exact action be granted now, and how many people have to want it?

The task's quorum was set for the action the agent proposed. What a person chooses instead, an edit or an alternative,
may cost more, weigh more, or be in shadow: it is placed in the same matrix, by the same pure assessment, with the
trust its own slice has at this moment.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.halts.standing import halts_in
from apps.proposals.models import Proposal
from apps.proposals.ruling import circumstances_of
from apps.registry.catalogue import current_book
from apps.registry.models import ActionType
from apps.registry.schemas import compile_schema
from apps.registry.states import AgentStatus, Stage
from apps.routing.assessment import assess
from apps.routing.facts import Facts, TrustState
from apps.routing.queries import Policy, policy_for
from apps.routing.rules.judging import NOTHING, Judged
from apps.trust.models import Slice

_MAY_BE_GRANTED = (Stage.ASSISTED, Stage.SUPERVISED)


@dataclass(frozen=True, slots=True)
class Requirement:
    """`people` who must choose it; `obstacle` is a sentence when it cannot be granted at all, else empty. `is_halted`:
    because of a halt, which keeps copies waiting as well, since nobody may tell them apart by it.
    """

    people: int
    obstacle: str = ""
    is_halted: bool = False


def requirement(proposal: Proposal, *, name: str, args: dict[str, Any], now: datetime) -> Requirement:
    """What granting the action `name` with `args` to the proposal's agent takes now."""
    halted = halts_in(current_book()).over(
        workflow_id=proposal.workflow_id,
        agent_id=proposal.agent_id,
        slice_id=proposal.slice_id,
        instead=name if name != proposal.action_type.name else "",
    )
    if halted is not None:
        said = _("{halted} Nothing can be approved until it is lifted.").format(halted=halted.sentence)
        return Requirement(1, said, is_halted=True)
    if proposal.agent.status != AgentStatus.ACTIVE:
        return Requirement(1, _("The agent is suspended: nothing can be granted to it."))
    action_type = _action_type(proposal, name)
    if action_type is None or not action_type.is_active:
        return Requirement(1, _("This action is not offered any more."))
    policy = policy_for(proposal.workflow_id)
    facts = _facts(proposal, action_type, args, now)
    judged = _judged(policy, facts, proposal, name, args)
    assessed = assess(facts, policy.matrix, TrustState(_stage(proposal, action_type), None), judged)
    for rule in judged.held:
        if rule.effects.refuse:
            said = _("Rule “{rule}”: {sentence}").format(rule=rule.title, sentence=rule.effects.refuse)
            return Requirement(assessed.quorum, said)
    if assessed.stage not in _MAY_BE_GRANTED:
        return Requirement(
            assessed.quorum, _("This action is in shadow for this agent: it cannot be granted.")
        )
    return Requirement(assessed.quorum)


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


def _stage(proposal: Proposal, action_type: ActionType) -> Stage:
    """What the agent has earned for this action; where it never worked, where its workflow begins."""
    if action_type == proposal.action_type:
        return Stage(proposal.slice.stage)
    found = (
        Slice.objects.filter(action_type=action_type, agent_id=proposal.agent_id, segment="all")
        .values_list("stage", flat=True)
        .first()
    )
    return Stage(found or proposal.workflow.initial_stage)


def _facts(proposal: Proposal, action_type: ActionType, args: dict[str, Any], now: datetime) -> Facts:
    is_same_type = action_type.pk == proposal.action_type_id
    impact = proposal.sent_impact
    stated = Decimal(impact["amount"]) if is_same_type and "amount" in impact else None
    in_args = [amount for _path, amount in compile_schema(action_type.args_schema).amounts(args)]
    amounts = [*in_args, *([stated] if stated is not None else [])]
    return Facts(
        consequence=action_type.consequence,
        reversibility=action_type.reversibility,
        effects=tuple(action_type.effects),
        confidence=proposal.confidence,
        now=now,
        hinted_consequence=proposal.consequence if is_same_type else None,
        hinted_reversibility=proposal.reversibility if is_same_type else None,
        amount=max(amounts, key=abs) if amounts else None,
        currency=impact.get("currency") or action_type.amount_currency,
        amount_limit=action_type.amount_limit,
        limit_currency=action_type.amount_currency,
        zone=settings.TIME_ZONE,
    )
