"""Which decisions must not be one key away, and what has to be typed instead?

Where the action is irreversible or its consequence critical, the person who lets it happen types what it is about.
A subject that cannot be typed by hand (none, too long, hidden characters) is replaced by the first eight characters
of the digest. Pure.
"""

from apps.registry.states import Consequence, Reversibility
from apps.routing.states import Verb

GRANTING = frozenset({Verb.APPROVE, Verb.EDIT, Verb.CHOOSE_ALTERNATIVE})
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
