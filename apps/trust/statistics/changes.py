"""By how much did a rate change, and between what values does the change truly lie?

For the eye only, like `shares`: no threshold reads it. The interval of a difference between two shares is Newcombe's
hybrid score interval (method 10): the Wilson ranges of both shares, added as if they were independent errors.
Source: R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine
17 (1998). Unit: a share, from -1 to 1; two-sided, 95 of 100.
"""

import math
from dataclasses import dataclass

from apps.trust.statistics.shares import likely_range


@dataclass(frozen=True, slots=True)
class Change:
    """The difference between two shares and its likely range, each from -1 to 1."""

    by: float
    low: float
    high: float


def likely_change(before: tuple[int, int], after: tuple[int, int]) -> Change | None:
    """The change from (cases, hits) before to after; None without a case on either side.

    Raises BadInput when there are more hits than cases.
    """
    (m, a), (n, b) = before, after
    first, second = likely_range(a, m), likely_range(b, n)
    if not m or not n:
        return None
    p, q = a / m, b / n
    return Change(
        by=q - p,
        low=q - p - math.hypot(q - second[0], first[1] - p),
        high=q - p + math.hypot(second[1] - q, p - first[0]),
    )
