"""Why did a proposal end before anybody decided? In the words of whoever ended it, as they are on record."""

from apps.audit.queries import story
from apps.proposals.models import Proposal

_ENDINGS = ("proposal.withdrawn", "proposal.superseded", "proposal.expired")


def ended_because(proposal: Proposal) -> str:
    """The reason, sensitive values masked; empty where none was given. One query."""
    ending = next((event for event in story(proposal.pk) if event.verb in _ENDINGS), None)
    return str(ending.data.get("reason", "")) if ending else ""
