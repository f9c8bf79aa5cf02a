"""What may an agent propose in a workflow? A list of scopes; each is some action types, and a condition.

A proposal has to fit one of them: be of its action types (none named: of any), and hold its condition (none: always). A
condition is CEL over the names of `registry.conditions`; one that cannot be answered, such as one about an argument
that is not there, does not hold. Knows no agent, no database and no clock. Pure.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.audit.canonical import canonical
from apps.registry.conditions.expressions import BadExpression, Language
from apps.registry.conditions.names import DECLARED

LIMITS = Language(DECLARED)
# Each may be asked with every proposal.
MOST = 50
USUAL_REVIEW_DAYS = 90
LONGEST_REVIEW_DAYS = 730


class AgentScope(NamedTuple):
    """Action types by name, in order, none for all; and the condition within which they may be proposed, or ""."""

    actions: tuple[str, ...] = ()
    within: str = ""

    @classmethod
    def of(cls, actions: Iterable[str], within: str = "") -> Self:
        """The scope in the one way it is written."""
        return cls(tuple(sorted(set(actions))), within.strip())

    def covers(self, action: str) -> bool:
        """Whether an action type of this name may be proposed at all."""
        return not self.actions or action in self.actions

    def as_json(self) -> dict[str, Any]:
        """As it is stored and written in the configuration file."""
        return {"actions": list(self.actions), "within": self.within}

    def __str__(self) -> str:
        named = ", ".join(self.actions) or _("every action type")
        return (
            _("{actions}, within {limit}").format(actions=named, limit=self.within) if self.within else named
        )


EVERYTHING = AgentScope()


class Permitted(NamedTuple):
    """What is granted in one workflow, and after how many days people look at it again."""

    scopes: Sequence[AgentScope] = (EVERYTHING,)
    review_days: int = USUAL_REVIEW_DAYS


def stored(scopes: Iterable[AgentScope]) -> list[dict[str, Any]]:
    """As a grant keeps them."""
    return [scope.as_json() for scope in scopes]


def every_action() -> list[dict[str, Any]]:
    """What a grant keeps that names no limit."""
    return stored([EVERYTHING])


def read(kept: Iterable[Mapping[str, Any]]) -> tuple[AgentScope, ...]:
    """From what a grant keeps."""
    return tuple(AgentScope(tuple(one["actions"]), one["within"]) for one in kept)


def digest(scopes: Iterable[AgentScope]) -> str:
    """What a page showed: whoever changes or reviews scopes says with it which ones they saw."""
    return hashlib.sha256(canonical(stored(scopes))).hexdigest()


def place_of(
    scopes: Iterable[AgentScope], action: str, declared: Callable[[], Mapping[str, Any]]
) -> int | None:
    """The place of the first scope that this fits; None when it fits none.

    `declared` makes `declared_values`, which only a scope with a condition needs.
    """
    given = None
    for place, scope in enumerate(scopes):
        if not scope.covers(action):
            continue
        if not scope.within:
            return place
        given = given or LIMITS.given(declared())
        if LIMITS.asked(scope.within, given).holds:
            return place
    return None


def limits(scopes: Iterable[AgentScope], action: str) -> list[str]:
    """The conditions of which one has to hold for this action type; none when it has no limit."""
    found = [scope.within for scope in scopes if scope.covers(action)]
    return [] if "" in found else found


def outside(scopes: Iterable[AgentScope], action: str) -> str:
    """The sentence that says which limits this agent keeps to."""
    told = _(" or ").join(limits(scopes, action))
    return _("This agent may propose {action} only within its limits: {limits}").format(
        action=action, limits=told
    )


def check_scopes(kept: Any) -> None:
    """Whether a grant can keep this. Raises ValidationError."""
    if not isinstance(kept, list) or not 1 <= len(kept) <= MOST:
        raise ValidationError(_("A grant has 1 to {most} scopes.").format(most=MOST))
    for scope in read(kept):
        if scope.within:
            try:
                LIMITS.compiled(scope.within)
            except BadExpression as refusal:
                raise ValidationError(str(refusal)) from refusal
