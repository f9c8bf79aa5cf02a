"""In which stage does a slice begin that nobody has worked in yet?

As its workflow says, but never above what people let the rest of the same work do: a slice that is split from other
work, by a new segment, begins as low as the lowest of that agent's slices of the action type. And in shadow while the
workflow misses something it had ready once: to begin higher is a step up like any other. One that never was ready is
new and begins as it says; in assisted a person approves everything.
"""

from datetime import datetime

from apps.registry.models import ActionType
from apps.registry.states import Stage
from apps.trust.gating import lost_readiness
from apps.trust.models import Slice

# From the least to the most.
ORDER = (Stage.SUSPENDED, Stage.SHADOW, Stage.ASSISTED, Stage.SUPERVISED)


def first_stage(*, action_type: ActionType, agent_id: int, now: datetime) -> Stage:
    """The stage in which this agent's next slice of the action type begins. At most three queries."""
    stages = Slice.objects.filter(action_type=action_type, agent=agent_id).values_list("stage", flat=True)
    initial = Stage(action_type.workflow.initial_stage)
    lowest = min([initial, *map(Stage, stages)], key=ORDER.index)
    if ORDER.index(lowest) > ORDER.index(Stage.SHADOW) and lost_readiness(action_type.workflow_id, now=now):
        return Stage.SHADOW
    return lowest
