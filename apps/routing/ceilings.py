"""How far may a slice go at most, and where does a new matrix let it go further than before?

The ceilings of an installation that has published nothing are here; a published matrix may lower any of them, and
raises one only with a reason. Pure.
"""

from collections.abc import Mapping

from apps.registry.states import Consequence, Reversibility, Stage

Address = tuple[str, str]

_ORDER = (Stage.SHADOW, Stage.ASSISTED, Stage.SUPERVISED)
_ACTING = {
    (Consequence.LOW, Reversibility.REVERSIBLE),
    (Consequence.LOW, Reversibility.COMPENSABLE),
    (Consequence.LOW, Reversibility.IRREVERSIBLE),
    (Consequence.MODERATE, Reversibility.REVERSIBLE),
    (Consequence.MODERATE, Reversibility.COMPENSABLE),
    (Consequence.HIGH, Reversibility.REVERSIBLE),
}
STARTING: Mapping[Address, str] = {
    (which.value, how.value): (Stage.SUPERVISED if (which, how) in _ACTING else Stage.ASSISTED).value
    for which in Consequence
    for how in Reversibility
}


def raised(before: Mapping[Address, str], after: Mapping[Address, str]) -> list[Address]:
    """The cells whose ceiling is higher than it was, in the order of `after`."""
    return [
        address
        for address, ceiling in after.items()
        if _ORDER.index(Stage(ceiling)) > _ORDER.index(Stage(before[address]))
    ]


def never_alone(which: Consequence, how: Reversibility) -> bool:
    """Whether no ceiling may let an action of this kind be carried out without a person."""
    return which is Consequence.CRITICAL or (which is Consequence.HIGH and how is Reversibility.IRREVERSIBLE)


def usually_two(which: Consequence, how: Reversibility) -> bool:
    """Whether two people agree on an action of this kind, unless a policy says otherwise."""
    return never_alone(which, how) and how is not Reversibility.REVERSIBLE
