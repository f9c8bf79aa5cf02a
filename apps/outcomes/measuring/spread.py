"""How are durations spread, kept small enough to add up day by day? Counts in buckets of equal relative width.

Bucket b holds values in (RATIO^(b-1), RATIO^b]; its value is their harmonic middle, at most 0.5 % away from each. So
a day with a hundred thousand cases is a few hundred numbers, and days are added bucket by bucket. Zero and less is
bucket `ZERO`. Source: Masson, Rim & Lee, DDSketch, VLDB 12 (2019). Unit: whatever the values have, here seconds.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

RATIO = 1.01
# How far a bucket's value may be from the values it stands for, relatively.
ERROR = (RATIO - 1) / (RATIO + 1)
ZERO = -1_000_000
_LOG_RATIO = math.log(RATIO)
_MIDDLE = 2 / (1 + RATIO)

Spread = Mapping[int, int]
"""How many values lie in each bucket."""


def bucket_of(value: float) -> int:
    """The bucket a value lies in."""
    return math.ceil(math.log(value) / _LOG_RATIO) if value > 0 else ZERO


def value_of(bucket: int) -> float:
    """The value that stands for a bucket."""
    return 0.0 if bucket == ZERO else math.exp(bucket * _LOG_RATIO) * _MIDDLE


def spread_of(values: Iterable[float]) -> Spread:
    """The spread of single values."""
    return Counter(map(bucket_of, values))


def together(spreads: Iterable[Spread]) -> Spread:
    """The sum of spreads."""
    total: Counter[int] = Counter()
    for one in spreads:
        total.update(one)
    return total


def ordered(spread: Spread) -> list[tuple[float, int]]:
    """(value, how many up to and with it), ascending."""
    steps, so_far = [], 0
    for bucket in sorted(spread):
        so_far += spread[bucket]
        steps.append((value_of(bucket), so_far))
    return steps
