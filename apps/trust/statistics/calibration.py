"""What does the agent say, and what is? For the picture and the reviewer's card only: no threshold ever reads this.

Isotonic regression by pooling adjacent violators (Ayer et al. 1955): the best never-falling curve through the
shares of right decisions, ordered by stated confidence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.trust.statistics.inputs import check_share


@dataclass(frozen=True, slots=True)
class Step:
    """Of `n` decisions with confidence from `low` to `high`, the mean stated and the share that was right."""

    low: float
    high: float
    stated: float
    right: float
    n: int


def isotonic(decisions: Iterable[tuple[float, bool]]) -> list[Step]:
    """The steps of the curve for (confidence, wrong), from the lowest confidence up. Raises BadInput."""
    ordered = sorted((check_share(stated, "A confidence"), not wrong) for stated, wrong in decisions)
    steps: list[Step] = []
    for stated, right in ordered:
        step = Step(stated, stated, stated, float(right), 1)
        while steps and (steps[-1].right >= step.right or steps[-1].high == step.low):
            step = _joined(steps.pop(), step)
        steps.append(step)
    return steps


def says_and_is(decisions: Sequence[tuple[float, bool]]) -> tuple[float, float] | None:
    """(mean stated confidence, share right); None without decisions."""
    if not decisions:
        return None
    n = len(decisions)
    return sum(stated for stated, _wrong in decisions) / n, sum(not wrong for _stated, wrong in decisions) / n


def _joined(one: Step, other: Step) -> Step:
    n = one.n + other.n
    return Step(
        low=one.low,
        high=other.high,
        stated=(one.stated * one.n + other.stated * other.n) / n,
        right=(one.right * one.n + other.right * other.n) / n,
        n=n,
    )
