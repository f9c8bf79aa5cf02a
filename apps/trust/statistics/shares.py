"""Between what values does the true share of something lie, when it happened so many times among so many?

For the eye only: a picture on a page. No threshold reads it, and looked at again and again it promises nothing.
Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
"""

import math

from apps.trust.statistics.inputs import check_counts

# Two-sided, 95 of 100.
_Z = 1.959964


def likely_range(hits: int, cases: int) -> tuple[float, float]:
    """(lowest, highest) share, both from 0 to 1, for `hits` among `cases`; the whole range without any case.

    Raises BadInput when there are more hits than cases.
    """
    check_counts(cases, hits)
    if not cases:
        return 0.0, 1.0
    share = hits / cases
    spread = _Z * math.sqrt(share * (1 - share) / cases + _Z**2 / (4 * cases**2))
    middle = share + _Z**2 / (2 * cases)
    whole = 1 + _Z**2 / cases
    return max((middle - spread) / whole, 0.0), min((middle + spread) / whole, 1.0)
