"""Does the work look different from the time it was judged by? Distances from a frozen baseline, and what is large.

Population stability index between the shares p (baseline) and q (now) over the same bins: PSI = sum of (q - p) ln(q
/ p), with half a case added to every bin; unit nats, symmetric, at least 0. The usual reading is kept: below 0.10
no change worth a look, from 0.25 on a large one. Sampling alone gives about (bins - 1)(1/m + 1/n), so that much is
taken off first. A drift is a reason for a person to look, never to move a threshold.
"""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping

LARGE = 0.25
FEWEST = 100
# The upper ends of amount bins in the action's own currency; the last is open.
AMOUNTS = (0.0, 10.0, 50.0, 100.0, 500.0, 1000.0, 10_000.0)


def stability_index(baseline: Mapping[str, int], now: Mapping[str, int]) -> float:
    """The index beyond what sampling alone explains, at least 0; 0 when either side is empty."""
    m, n = sum(baseline.values()), sum(now.values())
    bins = baseline.keys() | now.keys()
    if not m or not n or len(bins) < 2:
        return 0.0
    index = 0.0
    for one in bins:
        p = (baseline.get(one, 0) + 0.5) / (m + 0.5 * len(bins))
        q = (now.get(one, 0) + 0.5) / (n + 0.5 * len(bins))
        index += (q - p) * math.log(q / p)
    return max(0.0, index - (len(bins) - 1) * (1 / m + 1 / n))


def is_large(index: float, *, baseline: int, now: int) -> bool:
    """Whether a person should look: a large index over enough cases on both sides."""
    return index >= LARGE and min(baseline, now) >= FEWEST


def tenth(share: float) -> int:
    """The bin of a confidence: 0 to 9."""
    return min(9, int(share * 10))


def amount_bin(amount: float) -> int:
    """The bin of an amount: how many ends it is above."""
    return sum(abs(amount) > end for end in AMOUNTS)


def counted(values: Iterable[Hashable]) -> dict[str, int]:
    """How often each occurs, by its text."""
    return dict(Counter(str(value) for value in values))


def rates_differ(before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Whether (n, wrong) before and after show different override rates: 3.3 standard errors apart, 1 in 1,000."""
    (m, a), (n, b) = before, after
    if min(m, n) < FEWEST:
        return False
    pooled = (a + b) / (m + n)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / m + 1 / n))
    return spread > 0 and abs(a / m - b / n) > 3.3 * spread
