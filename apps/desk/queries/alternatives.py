"""The alternatives of a proposal as one person sees them, each with what it would change."""

from dataclasses import dataclass
from typing import Any

from apps.desk.queries.changes import action_differences
from apps.desk.queries.granting import granted
from apps.desk.queries.showing import Argument, listed
from apps.desk.queries.sight import Sight
from apps.desk.texts.instructions import Finding
from apps.desk.texts.told import Told, findings_of
from apps.proposals.models import Alternative, Proposal
from apps.reviews.caution import words_for


@dataclass(frozen=True, slots=True)
class Choice:
    """An alternative, what it would change in the proposed action, and what has to be typed to choose it.

    Another action shares nothing with the proposed one that could be compared: `arguments` are its own then.
    """

    alternative: Alternative
    summary: Told
    risks: list[tuple[str, Told]]
    changes: list[dict[str, Any]]
    arguments: list[Argument]
    title: str
    granted: str
    word: str

    @property
    def findings(self) -> list[Finding]:
        """What is odd about any of its texts."""
        return findings_of(self.summary, *(detail for _severity, detail in self.risks))


def choices(proposal: Proposal, seen: Sight, *, contested: bool = False) -> list[Choice]:
    """Every alternative, in the agent's order. Wants `action_type` and `alternatives` loaded."""
    alternatives = list(proposal.alternatives.all())
    names = {alternative.action_name for alternative in alternatives}
    words = words_for(proposal, names, contested=contested)
    return [_choice(proposal, one, seen, words[one.action_name]) for one in alternatives]


def _choice(proposal: Proposal, alternative: Alternative, seen: Sight, word: str) -> Choice:
    own = (proposal.action_type.name, proposal.args)
    other = (alternative.action_name, alternative.args)
    is_same_kind = other[0] == own[0]
    is_other_kind = bool(other[0]) and not is_same_kind
    return Choice(
        alternative,
        summary=seen.told(alternative.summary),
        risks=[
            (risk["severity"], seen.told(risk.get("detail") or risk.get("code") or ""))
            for risk in alternative.risks
        ],
        changes=action_differences(own, other, proposal.args_schema, seen) if is_same_kind else [],
        arguments=listed(proposal, other, seen) if is_other_kind else [],
        title=seen.titles.get(other[0]) or other[0].replace("_", " ") if is_other_kind else "",
        granted=granted(proposal, other, seen) if other[0] else "",
        word=word,
    )
