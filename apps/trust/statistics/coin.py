"""Which of the actions that run by themselves are audited? A keyed hash decides: fair, unpredictable, replayable.

coin = first 56 bits of HMAC-SHA256(secret, slice id, NUL, proposal id) / 2^56, a number in [0, 1); audited when
below the rate. The agent cannot foresee it, an auditor with the secret can replay it, and nothing that happens
afterwards can move it.
"""

import hashlib
import hmac
from collections.abc import Sequence

_BITS = 56
# The shares that are audited, one after the other, and for how many audits each but the last. Never 0: a random audit
# never stops.
RATES = (0.20, 0.10, 0.05)
STEPS = (100, 200)


def toss(secret: bytes, slice_id: int, proposal_id: str) -> float:
    """The coin of one proposal, in [0, 1)."""
    digest = hmac.new(secret, f"{slice_id}\0{proposal_id}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[: _BITS // 8], "big") / 2**_BITS


def audit_rate(audited: int, rates: Sequence[float] = RATES, steps: Sequence[int] = STEPS) -> float:
    """The share to audit after so many audited decisions since the promotion: 20 %, then 10 %, then 5 %."""
    for rate, step in zip(rates, steps, strict=False):
        if audited < step:
            return rate
        audited -= step
    return rates[-1]
