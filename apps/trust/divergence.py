"""How does what people did, or would have done, differ from what the agent proposed? Pure.

Actions are (name, arguments); no name means: nothing was done. It compares what is declared and reads no text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.trust.states import Divergence

Action = tuple[str, Mapping[str, Any] | None]
# More names than these tell nobody anything.
MOST_FIELDS = 20


@dataclass(frozen=True, slots=True)
class Diverged:
    """The kind, and the names of the arguments that differ when the action itself is the same."""

    kind: Divergence
    fields: tuple[str, ...] = ()


def divergence(proposed: Action, did: Action, alternatives: Iterable[Action] = ()) -> Diverged:
    """`alternatives` are the agent's own ranked ones: people who took one of them agree with its second thought."""
    if not did[0]:
        return Diverged(Divergence.NOTHING)
    if _same(proposed, did):
        return Diverged(Divergence.SAME)
    if any(_same(one, did) for one in alternatives):
        return Diverged(Divergence.ALTERNATIVE, _differing(proposed, did))
    if proposed[0] != did[0]:
        return Diverged(Divergence.OTHER_ACTION)
    return Diverged(Divergence.OTHER_VALUES, _differing(proposed, did))


def _same(one: Action, other: Action) -> bool:
    return one[0] == other[0] and not _differing(one, other)


def _differing(one: Action, other: Action) -> tuple[str, ...]:
    if one[0] != other[0]:
        return ()
    before, after = one[1] or {}, other[1] or {}
    names = sorted(before.keys() | after.keys())
    return tuple(name for name in names if not _equal(before, after, name))[:MOST_FIELDS]


def _equal(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> bool:
    if (name in before) != (name in after):
        return False
    # 1 and true are equal to Python, not to whoever carries the action out.
    return bool(
        before[name] == after[name] and isinstance(before[name], bool) == isinstance(after[name], bool)
    )
