"""In which order do tasks wait? By the moment they are due, with a head start for what matters more.

The head start is a fixed time per tier, so the order of two waiting tasks never changes by itself: one indexed
column is enough, and a low tier cannot starve, because any newcomer is due later in the end. Pure.
"""

from datetime import datetime, timedelta

# Tiers 0 (low, reversible) to 11 (critical, irreversible); see routing.assessment.tier.
HIGHEST_TIER = 11
HEAD_START_PER_TIER = timedelta(hours=4)
# A task that came back (lost claim, skip) goes before its equals.
BOOST = timedelta(hours=2)


def rank_at(*, next_due_at: datetime, tier: int, boosts: int = 0) -> datetime:
    """Tasks are taken in ascending order of this moment."""
    return next_due_at - HEAD_START_PER_TIER * tier - BOOST * boosts
