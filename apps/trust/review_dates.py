"""By when is the autonomy of a slice looked at again? Pure.

Only what lets something happen is reviewed: in shadow and while suspended nothing can. A review names the next day
itself, within bounds; until the first one it is so many days after the slice came to its stage. A step up never puts
off a review that was due sooner.
"""

from datetime import date, timedelta

from apps.registry.states import Stage

# What runs by itself is looked at twice as often as what people approve.
USUAL_DAYS = {Stage.SUPERVISED: 90, Stage.ASSISTED: 180}
REVIEWED_STAGES = tuple(USUAL_DAYS)
LEAST_NOTE = 10


def bounds(stage: str, today: date) -> tuple[date, date]:
    """The first and the last day the next review may be set to: at most twice as far as is usual."""
    return today + timedelta(days=1), today + timedelta(days=2 * USUAL_DAYS[Stage(stage)])


def usual_next(stage: str, today: date) -> date:
    """The next day unless somebody says otherwise."""
    return today + timedelta(days=USUAL_DAYS[Stage(stage)])
