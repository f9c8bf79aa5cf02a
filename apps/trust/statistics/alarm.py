"""Has what runs by itself become worse than the target? An alarm over audited decisions that forgets good times.

A log e-CUSUM: a wrong one adds ln 2, a right one takes ln((1 - a) / (1 - 2a)) off, never below 0, where `a` is the
tested error. Above 0 the slice is paused and everything is reviewed; back at 0 it runs again; at the logarithm of its
level, 100 unless chosen otherwise, it is demoted. Sources: Shin, Ramdas, Rinaldo arXiv:2203.03532; Page 1954; Dodge
1943. Under an error of at most `a` each step multiplies exp(S) by a factor with mean at most 1, so false demotions are
rare: one in `level` audits on average. Whoever wants longer pauses lets a right one take less off, never more; then
demotions come sooner than that, never later.
"""

import math
from functools import lru_cache

from apps.trust.statistics.inputs import check_level

UP = math.log(2)
LEVEL = 100.0
# Many right ones in a row must end at exactly 0, not at a rest of rounding.
_ROUNDING = 1e-9


def after(value: float, *, wrong: bool, error: float, resume_after: int = 0) -> float:
    """The alarm after one audited decision. `error` is the tested one, in (0, 0.5). Raises BadInput."""
    if wrong:
        return value + UP
    lower = value - relief(error, resume_after)
    return lower if lower > _ROUNDING else 0.0


def relief(error: float, resume_after: int = 0) -> float:
    """What a right decision takes off: as the error says, or less where `resume_after` of them end one mistake."""
    check_level(error, "The tested error")
    most = math.log((1 - error) / (1 - 2 * error))
    return min(most, UP / resume_after) if resume_after else most


def is_paused(value: float) -> bool:
    """Whether everything is reviewed."""
    return value > 0


def is_demoting(value: float, level: float = LEVEL) -> bool:
    """Whether the slice loses its certificate: at 100 with seven net mistakes, rounding or not."""
    return value >= math.log(level) - _ROUNDING


def mistakes_to_demote(level: float = LEVEL) -> int:
    """How many mistakes in a row demote."""
    return math.ceil((math.log(level) - _ROUNDING) / UP)


def right_to_resume(value: float, *, error: float, resume_after: int = 0) -> int:
    """How many right decisions in a row bring the alarm back to 0."""
    return math.ceil((value - _ROUNDING) / relief(error, resume_after)) if value > 0 else 0


@lru_cache(maxsize=64)
def expected_wrong(
    audit_rate: float, *, error: float, turned: float, level: float = LEVEL, resume_after: int = 0
) -> float:
    """How many wrong actions run, on average, from the moment the true error becomes `turned` until demotion.

    1 / audit_rate run before one is audited and pauses the slice; while paused none runs. A pause ends in demotion with
    the probability that a walk from ln 2 reaches ln `level` before 0; otherwise it starts again.
    """
    step = relief(error, resume_after)
    states = math.ceil(math.log(level) / step) + 1
    grows = round(UP / step)
    # Gambler's ruin on a grid of one right decision: solved by sweeping until nothing changes.
    demoted = [0.0] * (states + grows + 1)
    for index in range(states, len(demoted)):
        demoted[index] = 1.0
    for _sweep in range(20_000):
        change = 0.0
        for index in range(1, states):
            better = turned * demoted[min(index + grows, states)] + (1 - turned) * demoted[index - 1]
            change = max(change, abs(better - demoted[index]))
            demoted[index] = better
        if change < 1e-9:
            break
    return 1 / audit_rate / max(demoted[grows], 1e-9)
