"""When have enough people decided, and what is the answer?

An action is granted when as many different people as the quorum asks for chose exactly it, by digest. One rejection
denies it. People who chose different actions do not make a quorum: another person decides, until one action has it.
Pure: takes decisions in the order they were made.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from apps.routing.states import Verb

ROLES = ("first", "second", "deciding")


class Vote(Protocol):
    """What matters about a decision. `args_sha256` is empty for a rejection and for doing nothing."""

    @property
    def verb(self) -> str: ...
    @property
    def args_sha256(self) -> str: ...


V = TypeVar("V", bound=Vote)


def role_of_next(votes: int) -> tuple[int, str]:
    """(round, role) of the decision that comes after `votes` standing ones; from the third on, one round each."""
    if votes < 2:
        return 1, ROLES[votes]
    return votes - 1, ROLES[2]


def is_blind(votes: int) -> bool:
    """Whether the next person must not see what the others decided: the second decides blind, a tie-breaker not."""
    return votes == 1


def verdict(votes: Sequence[V], quorum: int) -> V | None:
    """The decision that settles it, or None while another person is needed."""
    chosen: dict[str, int] = {}
    for vote in votes:
        if vote.verb == Verb.REJECT:
            return vote
        chosen[vote.args_sha256] = chosen.get(vote.args_sha256, 0) + 1
        if chosen[vote.args_sha256] >= quorum:
            return vote
    return None
