"""Between what values does a median truly lie? Skewed durations need an interval that assumes no bell curve.

The interval is the percentile bootstrap, computed instead of drawn: of n values drawn again with replacement, the r-th
smallest is at most the i-th smallest seen with probability I(i/n; r, n - r + 1), the regularised incomplete beta
function. No random numbers, so the same cases always give the same interval.
Sources: B. Efron, Bootstrap methods, Annals of Statistics 7 (1979); J. S. Maritz & R. G. Jarrett, JASA 73 (1978).
The interval of a difference adds both as independent errors: G. Y. Zou & A. Donner, Statistics in Medicine 27 (2008).
For the eye: two-sided, 95 of 100, for one look. No threshold of trust reads it.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

_TAIL = 0.025


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and between what it likely lies, in its own unit."""

    value: float
    low: float
    high: float


def value_at(steps: Sequence[tuple[float, int]], share: float) -> float:
    """The value below which `share` of all lie. `steps` as for `quantile`, at least one."""
    counts = [so_far for _value, so_far in steps]
    return steps[bisect_left(counts, _rank(counts[-1], share))][0]


def quantile(steps: Sequence[tuple[float, int]], share: float) -> Estimate | None:
    """The value below which `share` of all lie, and its interval; None without any.

    `steps` are (value, how many up to and with it), ascending, as `spread.ordered` gives them.
    """
    if not steps or not steps[-1][1]:
        return None
    counts = [so_far for _value, so_far in steps]
    n = counts[-1]
    rank = _rank(n, share)
    low, high = _rank_where(n, rank, _TAIL), _rank_where(n, rank, 1 - _TAIL)
    at = [steps[bisect_left(counts, wanted)][0] for wanted in (rank, min(low, rank), max(high, rank))]
    return Estimate(at[0], at[1], at[2])


def change(before: Estimate, after: Estimate) -> Estimate:
    """By how much the figure moved from before to after."""
    return Estimate(
        after.value - before.value,
        after.value - before.value - math.hypot(after.value - after.low, before.high - before.value),
        after.value - before.value + math.hypot(after.high - after.value, before.value - before.low),
    )


def _rank(n: int, share: float) -> int:
    return max(1, math.ceil(share * n))


def _rank_where(n: int, rank: int, probability: float) -> int:
    """The smallest i for which the drawn r-th smallest is at most the i-th seen with at least this probability."""
    low, high = 1, n
    while low < high:
        middle = (low + high) // 2
        if incomplete_beta(middle / n, rank, n - rank + 1) >= probability:
            high = middle
        else:
            low = middle + 1
    return low


def incomplete_beta(x: float, a: float, b: float) -> float:
    """I(x; a, b), regularised, for x in [0, 1] and positive a and b.

    Lentz's continued fraction: Press et al., Numerical Recipes, section 6.4.
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    whole = d
    # It converges in about the square root of the larger of a and b.
    for m in range(1, 200 + int(10 * math.sqrt(max(a, b)))):
        for part in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away(1 + part * d)
            c = _away(1 + part / c)
            whole *= d * c
        if abs(d * c - 1) < 1e-12:
            break
    return whole


def _away(value: float) -> float:
    """Not zero, so that one may divide by it."""
    return value if abs(value) > 1e-300 else 1e-300
