"""What the admins' rules may ask of a stored proposal: the same that intake gathered when it came in."""

from typing import Any

from apps.proposals.models import Proposal
from apps.routing.rules.names import Circumstances


def circumstances_of(
    proposal: Proposal, *, alternatives: int, action: str = "", args: dict[str, Any] | None = None
) -> Circumstances:
    """Of the proposal as it was sent, or of another action that is to be done instead of its own.

    Wants `action_type`, `agent` and `agent_version` loaded; no query.
    """
    return Circumstances(
        action=action or proposal.action_type.name,
        args=proposal.args if args is None else args,
        agent=proposal.agent.slug,
        version=proposal.agent_version.facts,
        subject_kind=proposal.subject_kind,
        subject_id=proposal.hidden.get("subject_id", proposal.subject_id),
        alternatives=alternatives,
        affected=proposal.impact.get("affected") or 0,
        systems=tuple(proposal.impact.get("systems", ())),
        run=proposal.run,
    )
