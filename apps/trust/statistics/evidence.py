"""What do `n` counted decisions, `k` of them wrong, prove about the error? Valid whenever it is looked at.

For a tested error `a` the evidence against "at least a share `a` is wrong" is the mean of ten bets

    E_a(n, k) = (1/10) * sum over u in {0, 0.1, ..., 0.9} of  u^k * ((1 - u a) / (1 - a))^(n - k),      0^0 = 1.

A wrong decision multiplies a bet by u, a right one by (1 - u a) / (1 - a); at error `a` their mean is exactly 1,
above it less. So E is a nonnegative supermartingale from 1, and by Ville's inequality the chance that it ever
reaches L is at most 1 / L, however often and whenever one looks. Sources: Howard et al. arXiv:1810.08240; Waudby-
Smith and Ramdas arXiv:2010.09686; Ramdas et al. arXiv:2210.01948. Everything is in natural logarithms. Counts are
all that matters: the order of the decisions does not.
"""

import math
from collections.abc import Callable

from apps.trust.statistics.inputs import BadInput, check_counts, check_level

BETS = tuple(step / 10 for step in range(10))
# What shadow has to show before people are asked to look at each proposal: fewer than one in five is wrong.
USEFUL_ERROR = 0.20
USEFUL_NEED = 20.0
_HALVINGS = 50


def log_evidence(n: int, k: int, error: float) -> float:
    """ln E of `k` wrong among `n` at the tested error (a share above 0, below 1). Raises BadInput."""
    check_counts(n, k)
    if not 0 < error < 1:
        raise BadInput(f"the tested error {error} is not between 0 and 1")
    right = n - k
    against = math.log1p(-error)
    logs = [
        (k * math.log(bet) if k else 0.0) + right * (math.log1p(-bet * error) - against)
        for bet in BETS
        if bet or not k
    ]
    largest = max(logs)
    return largest + math.log(sum(math.exp(one - largest) for one in logs) / len(BETS))


def need(attempt: int, *, candidates: int, delta: float) -> float:
    """The evidence that certifies at this attempt (1, 2, ...): K pi^2 j^2 / (6 delta).

    Its inverses, summed over all attempts and the K candidate thresholds, are delta: the chance, over the whole life of
    the slice, of ever holding a wrong certificate. Raises BadInput.
    """
    check_level(delta, "The chance of a wrong certificate")
    if attempt < 1 or candidates < 1:
        raise BadInput(f"attempt {attempt} of {candidates} candidates")
    return candidates * math.pi**2 * attempt**2 / (6 * delta)


def certifies(n: int, k: int, *, error: float, needed: float) -> bool:
    """Whether these counts prove that less than a share `error` is wrong."""
    return log_evidence(n, k, error) >= math.log(needed)


def bound(n: int, k: int, *, needed: float) -> float:
    """The smallest error these counts exclude from above: "error at most". A share; 1 when nothing is excluded.

    The answer is never below the true one.
    """
    check_counts(n, k)
    return smallest_excluded(lambda error: log_evidence(n, k, error), needed=needed)


def smallest_excluded(log_evidence_at: Callable[[float], float], *, needed: float) -> float:
    """The smallest error whose evidence is enough, by bisection, since evidence grows with the tested error."""
    target = math.log(needed)
    low, high = 0.0, 1.0
    for _halving in range(_HALVINGS):
        middle = (low + high) / 2
        if middle <= 0 or middle >= 1:
            break
        if log_evidence_at(middle) >= target:
            high = middle
        else:
            low = middle
    return high


def lower_bound(n: int, k: int, *, needed: float) -> float:
    """The largest error these counts exclude from below: "error at least". The same bets on the right decisions."""
    return 1 - bound(n, n - k, needed=needed)


def clean_needed(n: int, k: int, *, error: float, needed: float) -> int:
    """How many further right decisions in a row would certify; 0 when the counts do already."""
    if certifies(n, k, error=error, needed=needed):
        return 0
    high = 1
    while not certifies(n + high, k, error=error, needed=needed):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        if certifies(n + middle, k, error=error, needed=needed):
            high = middle
        else:
            low = middle
    return high


def is_useful(n: int, k: int, *, error: float = USEFUL_ERROR, needed: float = USEFUL_NEED) -> bool:
    """The usefulness gate of shadow: E at an error of 0.20 has reached 20, unless chosen otherwise."""
    return certifies(n, k, error=error, needed=needed)


def tested_error(alpha: float, miss_rate: float) -> float:
    """The error to test so that, with reviewers who miss at most `miss_rate` of the mistakes, alpha holds in truth."""
    check_level(alpha, "The target error")
    if not 0 <= miss_rate < 1:
        raise BadInput(f"a miss rate of {miss_rate} leaves nothing to test")
    return alpha * (1 - miss_rate)


def true_error(observed: float, miss_rate: float) -> float:
    """The error of the agent behind an error that reviewers who miss `miss_rate` could see; at most 1."""
    return min(1.0, observed / (1 - miss_rate))
