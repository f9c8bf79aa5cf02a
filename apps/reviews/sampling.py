"""Which settled decisions does a second person look at? A share of every stratum, chosen by nobody.

Each stratum (reviewer, tier, kind of decision) gives its share of the cases; what is left over a whole number is
settled by a coin, so that the expected number is exact and small strata are not forgotten. Within a stratum those
with the smallest keyed hashes are taken: fair, unpredictable without the secret, the same whenever it is asked
again. Pure.
"""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Hashable, Iterable
from uuid import UUID

from apps.trust.statistics import coin
from apps.trust.statistics.inputs import check_share


def drawn(cases: Iterable[tuple[UUID, Hashable]], share: float, secret: bytes) -> set[UUID]:
    """The ids drawn from (id, stratum). Raises BadInput for a share outside [0, 1]."""
    check_share(share, "share")
    strata: defaultdict[Hashable, list[UUID]] = defaultdict(list)
    for key, stratum in cases:
        strata[stratum].append(key)
    found: set[UUID] = set()
    for keys in strata.values():
        keys.sort(key=lambda key: _hash(secret, key))
        found.update(keys[: wanted(len(keys), share, coin.toss(secret, 0, f"second review {keys[0]}"))])
    return found


def wanted(size: int, share: float, toss: float) -> int:
    """How many of a stratum: the whole part of its share, and one more when the coin (in [0, 1)) is below the rest."""
    exact = size * share
    whole = int(exact)
    return whole + (toss < exact - whole)


def _hash(secret: bytes, key: UUID) -> bytes:
    return hmac.new(secret, b"drawn " + key.bytes, hashlib.sha256).digest()
