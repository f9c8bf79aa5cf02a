"""How many mistakes do reviewers let pass? Measured by seeds: confirmed overrides shown again, blind.

m_U = the smallest miss rate with E(seeds, missed) >= 1 / 0.01: an upper bound that may be looked at any time. Fewer
than 50 seeds prove too little: 0.20 is assumed, and said to be assumed. The target is tightened by it: alpha (1 -
m_U).
"""

from dataclasses import dataclass

from apps.trust.statistics.evidence import bound, lower_bound

ENOUGH_SEEDS = 50
ASSUMED = 0.20
CHANCE = 0.01
# A reviewer who provably catches less than this does not count.
LOWEST_CATCH_RATE = 0.70


@dataclass(frozen=True, slots=True)
class MissRate:
    """`upper` bounds the share of mistakes reviewers let pass; `is_assumed` when too few seeds were shown."""

    upper: float
    seeds: int
    is_assumed: bool


def upper(seeds: int, missed: int, chance: float = CHANCE) -> float:
    """Reviewers miss at most this share of the mistakes. Raises BadInput."""
    return bound(seeds, missed, needed=1 / chance)


def miss_rate(seeds: int, missed: int) -> MissRate:
    """What to reckon with. Raises BadInput."""
    if seeds < ENOUGH_SEEDS:
        return MissRate(ASSUMED, seeds, True)
    return MissRate(upper(seeds, missed), seeds, False)


def is_provably_careless(seeds: int, missed: int, chance: float = CHANCE) -> bool:
    """Whether these seeds prove that the reviewer catches less than 0.70 of the mistakes."""
    return lower_bound(seeds, missed, needed=1 / chance) > 1 - LOWEST_CATCH_RATE
