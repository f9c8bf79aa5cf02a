"""Which autonomy level does a stage give an action, and does it act only after a veto window? Pure.

A supervised action that is undone easily enough for its consequence runs at once (L3: a person by exception); every
other waits in a window in which a person can stop it (L2: a person on the loop). There is no fourth level.
"""

from apps.registry.states import Consequence, Reversibility, Stage
from apps.trust.states import Level

_AT_ONCE = frozenset(
    {
        (Consequence.LOW, Reversibility.REVERSIBLE),
        (Consequence.LOW, Reversibility.COMPENSABLE),
        (Consequence.MODERATE, Reversibility.REVERSIBLE),
    }
)


def needs_veto_window(consequence: str, reversibility: str) -> bool:
    """Whether a supervised action of this cell waits for a veto. Anything unknown does."""
    return (consequence, reversibility) not in _AT_ONCE


def level_of(stage: str, consequence: str, reversibility: str, *, veto_always: bool = False) -> Level:
    """The level that is shown for a slice."""
    if stage == Stage.ASSISTED:
        return Level.L1
    if stage == Stage.SUPERVISED:
        return Level.L2 if veto_always or needs_veto_window(consequence, reversibility) else Level.L3
    return Level.NONE


def audits_before(reversibility: str) -> bool:
    """Whether an audit holds the action. Only what can simply be undone is audited after it ran."""
    return reversibility != Reversibility.REVERSIBLE
