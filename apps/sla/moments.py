"""At which moments does something happen that is counted along a cycle's clock?

For chains and warnings: a share of the target, or a time after its start, with the pauses there were so far (one
under way counts to its planned end). Cycles want `policy_version` and `calendar_version` loaded or are slower.
"""

from datetime import datetime

from apps.sla.cycle_figures import figures_of
from apps.sla.durations import Duration
from apps.sla.models import ClockCycle


def moment_of_share(cycle: ClockCycle, share: float) -> datetime:
    """When this share of the target's time has counted: 0.5 is half, 1.0 the due time, 1.5 half past it.

    Raises CalendarError when that is over five years away.
    """
    figures = figures_of(cycle)
    return figures.clock.share(figures.terms.duration, share)


def moment_after(cycle: ClockCycle, duration: Duration) -> datetime:
    """When this time has counted since the cycle started, in its own kind: wall, working or business days.

    Raises CalendarError when that is over five years away.
    """
    return figures_of(cycle).clock.due(duration)
