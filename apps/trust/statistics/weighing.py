"""How do decisions count together that did not have the same chance of being reviewed? Weighted, or not at all.

With chance pi of being reviewed and pi_min the smallest of the region, a decision has the weight rho = pi_min / pi
and multiplies a bet by 1 + rho * theta * (a - wrong), theta = (1 - u) / (1 - a). With rho = 1 this is the plain
evidence. A factor depends on the chance and the verdict alone, so that counts by chance say everything. Valid whenever
it is looked at as long as pi_min was known beforehand. Selective labels and audits: Xu et al. arXiv:2406.10490.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from apps.trust.statistics.evidence import BETS, smallest_excluded
from apps.trust.statistics.inputs import BadInput, check_counts

# The chance of everything that is reviewed without a coin.
ALL = 1.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """Of `n` decisions that were chosen with the chance `rate`, in (0, 1], `k` were wrong. Raises BadInput."""

    rate: float
    n: int
    k: int

    def __post_init__(self) -> None:
        check_rate(self.rate)
        check_counts(self.n, self.k)


def check_rate(rate: float) -> float:
    """A chance of being reviewed. Raises BadInput."""
    if not 0 < rate <= ALL:
        raise BadInput(f"a chance of {rate} of being reviewed is none")
    return rate


def check_same_chance(rate: float, *, others: float) -> None:
    """Whether a decision may be added to plain counts of those with the chance `others`. Raises BadInput."""
    if check_rate(rate) != others:
        raise BadInput(
            f"a decision chosen with the chance {rate} cannot be pooled with those of {others}; weigh them"
        )


def log_weighted_evidence(drawn: Sequence[Drawn], error: float, *, smallest: float = ALL) -> float:
    """ln E of decisions with unequal chances, at the tested error; 0 without any. Raises BadInput.

    `smallest` is the smallest chance that any of the region can have, if there may come smaller ones than there are.
    """
    if not 0 < error < 1:
        raise BadInput(f"the tested error {error} is not between 0 and 1")
    least = min(check_rate(smallest), *(each.rate for each in drawn), ALL)
    logs = [sum(_log_factors(each, least / each.rate * (1 - bet), error) for each in drawn) for bet in BETS]
    largest = max(logs)
    return largest + math.log(sum(math.exp(one - largest) for one in logs) / len(BETS))


def bound(drawn: Sequence[Drawn], *, needed: float, smallest: float = ALL) -> float:
    """The smallest error these decisions exclude from above: "error at most". A share; 1 when nothing is excluded."""
    return smallest_excluded(
        lambda error: log_weighted_evidence(drawn, error, smallest=smallest), needed=needed
    )


def _log_factors(each: Drawn, stake: float, error: float) -> float:
    """The logarithm of what the decisions of one chance multiply a bet by; `stake` is rho (1 - u)."""
    if each.k and stake >= 1:
        return -math.inf
    right = (each.n - each.k) * math.log1p(stake * error / (1 - error))
    return right + (each.k * math.log1p(-stake) if each.k else 0.0)
