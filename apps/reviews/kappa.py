"""How far do two people who decide the same cases, each blind to the other, agree beyond chance?

Cohen's kappa of a square table of counts (rows: what the first chose, columns: what the second chose) is

    kappa = (po - pe) / (1 - pe),    po = sum of p_ii,    pe = sum of p_i. p_.i

(Cohen 1960, Educational and Psychological Measurement 20:37-46). Its standard error is the one that holds for any
true kappa (Fleiss, Cohen and Everitt 1969, Psychological Bulletin 72:323-327), not the smaller one for a test of
"no agreement". It is 0 when all agree, whatever their number: the lower end is then the kappa of the smallest
agreement these cases do not exclude. Where both always chose the same one thing, chance explains all of it and
there is no kappa. Pure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from apps.trust.statistics.evidence import bound

# Fewer cases say nothing worth showing as a figure.
ENOUGH = 30
# 95 % of a normal distribution lie within so many standard errors.
_Z = 1.959963984540054
# 2.5 % on the one side that is left when all agree.
_ALL_AGREE_NEED = 40.0


@dataclass(frozen=True, slots=True)
class Agreement:
    """`kappa` with the ends of its 95 % interval and its standard error, over `n` cases of which `same` agreed.

    `kappa` is None where chance explains everything; `is_enough` says whether there are cases enough to speak of it.
    """

    n: int
    same: int
    kappa: float | None
    low: float | None
    high: float | None
    error: float | None

    @property
    def is_enough(self) -> bool:
        """Whether the figure may be shown as one."""
        return self.n >= ENOUGH and self.kappa is not None


def agreement(table: Sequence[Sequence[int]]) -> Agreement:
    """The agreement in a square table of counts. Raises ValueError for any other."""
    size = len(table)
    if any(len(row) != size for row in table) or any(count < 0 for row in table for count in row):
        raise ValueError("kappa needs a square table of counts")
    n = sum(map(sum, table))
    same = sum(table[i][i] for i in range(size))
    if n == 0:
        return Agreement(0, 0, None, None, None, None)
    share = [[count / n for count in row] for row in table]
    first = [sum(row) for row in share]
    second = [sum(row[j] for row in share) for j in range(size)]
    observed, expected = same / n, sum(a * b for a, b in zip(first, second, strict=True))
    if math.isclose(expected, 1):
        return Agreement(n, same, None, None, None, None)
    kappa = (observed - expected) / (1 - expected)
    error = _standard_error(share, first, second, kappa, expected, n)
    low = kappa - _Z * error
    if same == n:
        low = (1 - bound(n, 0, needed=_ALL_AGREE_NEED) - expected) / (1 - expected)
    return Agreement(n, same, kappa, max(-1.0, low), min(1.0, kappa + _Z * error), error)


def _standard_error(
    share: Sequence[Sequence[float]],
    first: Sequence[float],
    second: Sequence[float],
    kappa: float,
    expected: float,
    n: int,
) -> float:
    """Their equation 13: A + B - C over n (1 - pe)^2, in the same letters."""
    size = range(len(share))
    a = sum(share[i][i] * (1 - (first[i] + second[i]) * (1 - kappa)) ** 2 for i in size)
    b = (1 - kappa) ** 2 * sum(
        share[i][j] * (second[i] + first[j]) ** 2 for i in size for j in size if i != j
    )
    c = (kappa - expected * (1 - kappa)) ** 2
    return math.sqrt(max(0.0, a + b - c) / n) / (1 - expected)
