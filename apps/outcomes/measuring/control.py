"""Did a series change, or does it only wander? The XmR chart: single points against their own moving range.

The middle is the mean of the points the limits were set by, the limits lie 2.66 mean moving ranges from it (3 / 1.128).
A point speaks when one of these rules holds, as Wheeler gives them:
beyond a limit; eight in a row on one side of the middle; three of four nearer to the same limit than to the middle.
Source: D. J. Wheeler, Understanding Variation (2000); W. A. Shewhart 1931; L. H. C. Tippett, Biometrika 17 (1925).
Unit: that of the points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import fmean

LIMIT = 2.66
# With fewer, limits are guesses.
FEWEST = 8


class Signal(StrEnum):
    """Which rule a point broke."""

    BEYOND = "beyond"
    RUN = "run"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class Chart:
    """The middle, both limits, and for each point the rules it broke. `lower` is not below `floor`."""

    middle: float
    lower: float
    upper: float
    signals: tuple[frozenset[Signal], ...]


def chart(points: Sequence[float], *, set_by: int, floor: float | None = None) -> Chart | None:
    """The chart of these points, its limits set by the first `set_by`; None with fewer than `FEWEST` of those.

    Raises ValueError when `set_by` is more than there are.
    """
    if set_by > len(points):
        raise ValueError(f"limits by {set_by} of {len(points)} points")
    if set_by < FEWEST:
        return None
    first = points[:set_by]
    middle = fmean(first)
    ranging = fmean(abs(b - a) for a, b in pairwise(first))
    lower, upper = middle - LIMIT * ranging, middle + LIMIT * ranging
    signals = tuple(_signals(points[: n + 1], middle, lower, upper) for n in range(len(points)))
    return Chart(middle, lower if floor is None else max(lower, floor), upper, signals)


def _signals(points: Sequence[float], middle: float, lower: float, upper: float) -> frozenset[Signal]:
    """What the last of these points says."""
    found = set()
    if not lower <= points[-1] <= upper:
        found.add(Signal.BEYOND)
    for side in (1, -1):
        beyond_middle = [side * (point - middle) > 0 for point in points[-8:]]
        if len(beyond_middle) == 8 and all(beyond_middle):
            found.add(Signal.RUN)
        near = [side * (point - middle) > (upper - middle) / 2 for point in points[-4:]]
        if len(near) == 4 and near[-1] and sum(near) >= 3:
            found.add(Signal.NEAR)
    return frozenset(found)
