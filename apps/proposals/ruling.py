"""What conditions may ask of a stored proposal: the same that intake gathered when it came in."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from apps.proposals.models import Proposal
from apps.registry.amounts import at_stake
from apps.registry.conditions.names import declared_values
from apps.registry.fingerprints import VersionFacts
from apps.registry.models import ActionType
from apps.registry.schemas import ArgsSchema
from apps.routing.rules.names import Circumstances


def amount_of(
    proposal: Proposal, action_type: ActionType, schema: ArgsSchema, args: dict[str, Any]
) -> tuple[Decimal | None, str]:
    """The size at stake and its currency, of its own action or of another one that is to be done instead.

    What it stated is about its own type of action.
    """
    impact = proposal.sent_impact if action_type.pk == proposal.action_type_id else {}
    return at_stake(
        [amount for _path, amount in schema.amounts(args)],
        own_currency=action_type.amount_currency,
        stated=Decimal(impact["amount"]) if "amount" in impact else None,
        stated_currency=impact.get("currency", ""),
    )


def declared_of(
    proposal: Proposal,
    action_type: ActionType,
    schema: ArgsSchema,
    args: dict[str, Any],
    *,
    hidden: Collection[str] = (),
) -> dict[str, Any]:
    """The values of what it declares by the names of `registry.conditions`, for its own action or another. No query.

    Where arguments are `hidden` from who asks they are left out, and so is the amount, which may be one of them or tell
    of it; the subject is as everybody sees it.
    """
    amount, currency = amount_of(proposal, action_type, schema, args)
    subject_id = proposal.hidden.get("subject_id", proposal.subject_id)
    return declared_values(
        action=action_type.name,
        args={name: value for name, value in args.items() if name not in hidden},
        amount=None if hidden else amount,
        currency=currency,
        subject_kind=proposal.subject_kind,
        subject_id=proposal.subject_id if hidden else subject_id,
        affected=proposal.impact.get("affected") or 0,
        systems=proposal.impact.get("systems", ()),
    )


def circumstances_of(
    proposal: Proposal, *, alternatives: int, action: str = "", args: dict[str, Any] | None = None
) -> Circumstances:
    """Of the proposal as it was sent, or of another action that is to be done instead of its own.

    Wants `action_type`, `agent` and `agent_version` loaded; no query.
    """
    return gathered(
        action=action or proposal.action_type.name,
        args=proposal.args if args is None else args,
        agent=proposal.agent.slug,
        version=proposal.agent_version.facts,
        subject_kind=proposal.subject_kind,
        subject_id=proposal.subject_id,
        hidden=proposal.hidden,
        impact=proposal.impact,
        run=proposal.run,
        alternatives=alternatives,
    )


def gathered(
    *,
    action: str,
    args: Mapping[str, Any],
    agent: str,
    version: VersionFacts,
    subject_kind: str,
    subject_id: str,
    hidden: Mapping[str, Any],
    impact: Mapping[str, Any],
    run: Mapping[str, Any],
    alternatives: int,
) -> Circumstances:
    """The same from what a proposal's columns hold, for whoever reads very many."""
    return Circumstances(
        action=action,
        args=args,
        agent=agent,
        version=version,
        subject_kind=subject_kind,
        subject_id=hidden.get("subject_id", subject_id),
        alternatives=alternatives,
        affected=impact.get("affected") or 0,
        systems=tuple(impact.get("systems", ())),
        run=run,
    )
