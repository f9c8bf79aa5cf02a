"""What every formula of trust refuses to work with, each with its sentence."""

import math
from collections.abc import Sequence
from itertools import pairwise

from django.utils.translation import gettext as _

# One in a million asks for millions of right decisions in a row: no slice comes near it. Far below, the evidence is
# lost in the rounding of the numbers it is reckoned with.
LEAST_LEVEL = 1e-6
# From here on there is nothing twice as bad that the alarm could look for.
MOST_TARGET = 0.25
MOST_CHANCE = 0.5


class BadInput(ValueError):
    """A value no formula of trust is valid for. The text is a sentence for people."""


def check_share(value: float, name: str) -> float:
    """A number from 0 to 1. Raises BadInput."""
    if not (isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= 1):
        raise BadInput(
            _("{name} is {value}: it has to be a number from 0 to 1.").format(name=name, value=value)
        )
    return float(value)


def check_level(value: float, name: str) -> float:
    """A tested error or a chance of being wrong: above 0, below 0.5. Raises BadInput."""
    if not (isinstance(value, int | float) and math.isfinite(value) and 0 < value < MOST_CHANCE):
        raise BadInput(
            _("{name} is {value}: it has to be above 0 and below {most}.").format(
                name=name, value=value, most=MOST_CHANCE
            )
        )
    return float(value)


def check_target(value: float) -> float:
    """The target error that somebody chooses. Raises BadInput."""
    return _chosen(value, _("The target error"), MOST_TARGET)


def check_chance(value: float) -> float:
    """The chance of ever holding a wrong certificate that somebody chooses. Raises BadInput."""
    return _chosen(value, _("The chance of a wrong certificate"), MOST_CHANCE)


def _chosen(value: float, name: str, most: float) -> float:
    """No smaller than what can be worked with: less would ask for more decisions than are ever made."""
    if not LEAST_LEVEL <= value < most:
        raise BadInput(
            _("{name} is {value:g}: it has to be at least 0.000001 and below {most}.").format(
                name=name, value=value, most=most
            )
        )
    return float(value)


def check_counts(n: int, k: int) -> None:
    """`k` wrong among `n`. Raises BadInput."""
    if not 0 <= k <= n:
        raise BadInput(_("{k} wrong among {n} is impossible.").format(k=k, n=n))


def check_edges(edges: Sequence[float]) -> tuple[float, ...]:
    """At least one edge, each a share, strictly falling. Raises BadInput."""
    if not edges:
        raise BadInput(_("There has to be at least one confidence to test."))
    for edge in edges:
        check_share(edge, _("A confidence"))
    if any(upper <= lower for upper, lower in pairwise(edges)):
        raise BadInput(_("The confidences have to fall from the highest to the lowest."))
    return tuple(float(edge) for edge in edges)
