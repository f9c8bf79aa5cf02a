"""What the admins' rules may ask of a stored proposal: the same that intake gathered when it came in."""

from collections.abc import Mapping
from typing import Any

from apps.proposals.models import Proposal
from apps.registry.fingerprints import VersionFacts
from apps.routing.rules.names import Circumstances


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
