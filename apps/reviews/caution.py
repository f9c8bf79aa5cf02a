"""Which decisions must not be one key away, and what has to be typed instead?

Where the action is irreversible or its consequence critical, the person who lets it happen types what it is about.
A subject that cannot be typed by hand (none, too long, hidden characters) is replaced by the first eight characters
of the digest. Pure.
"""

from apps.proposals.models import Proposal
from apps.registry.states import Consequence, Reversibility

_MOST_TO_TYPE = 40


def needs_typing(*, consequence: str, reversibility: str) -> bool:
    """Whether a decision that grants such an action asks for the typed word."""
    return consequence == Consequence.CRITICAL or reversibility == Reversibility.IRREVERSIBLE


def word_to_type(*, subject_id: str, args_sha256: str) -> str:
    """What to type: the subject's id, else the first eight characters of the digest."""
    can_be_typed = 0 < len(subject_id) <= _MOST_TO_TYPE and subject_id.isascii() and subject_id.isprintable()
    return subject_id.strip() or args_sha256[:8] if can_be_typed else args_sha256[:8]


def is_typed(typed: str, word: str) -> bool:
    """Whether `typed` is the word; upper or lower case and spaces around it do not matter."""
    return typed.strip().casefold() == word.casefold()


def word_for(proposal: Proposal) -> str:
    """What the person has to type to let this proposal's action happen; empty when a press is enough."""
    if not needs_typing(consequence=proposal.consequence, reversibility=proposal.reversibility):
        return ""
    return word_to_type(subject_id=proposal.subject_id, args_sha256=proposal.args_sha256)
