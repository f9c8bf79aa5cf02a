"""Does a person take proposals as they are more often than others do on like cases?

Like cases are those of the same slice: the same kind of work of the same agent. What would be expected is what the
others' share in each slice makes of the person's own cases there (indirect standardisation); slices where others
decided little are left out. Pure: takes counts.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from apps.trust.statistics.evidence import bound, lower_bound

# Others have to have decided so many in a slice for it to be compared.
ENOUGH = 10
# 2.5 % on each side, at any time one looks.
_NEED = 40.0
S = TypeVar("S", bound=Hashable)
Counts = tuple[int, int]  # (decisions, of them as proposed)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Of `n` compared cases `taken` went as proposed; others would have taken `expected`. The ends are shares."""

    n: int
    taken: int
    expected: float
    low: float
    high: float

    @property
    def is_unlike(self) -> bool:
        """Whether the difference is more than chance explains."""
        return self.n > 0 and not self.low <= self.expected / self.n <= self.high


def likeness(own: Mapping[S, Counts], everybody: Mapping[S, Counts]) -> Likeness:
    """Compare a person's counts by slice with everybody's, the person included."""
    n = taken = 0
    expected = 0.0
    for key, (decided, as_proposed) in own.items():
        all_decided, all_taken = everybody[key]
        others, others_taken = all_decided - decided, all_taken - as_proposed
        if others < ENOUGH:
            continue
        n += decided
        taken += as_proposed
        expected += decided * others_taken / others
    low, high = interval(n, taken)
    return Likeness(n, taken, expected, low, high)


def interval(n: int, k: int) -> tuple[float, float]:
    """The shares that `k` of `n` do not exclude; (0, 1) without any case. Never wrong by how often one looks."""
    if n == 0:
        return 0.0, 1.0
    return lower_bound(n, k, needed=_NEED), bound(n, k, needed=_NEED)
