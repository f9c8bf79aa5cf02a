"""What pages and other apps read about slices."""

from collections.abc import Iterable

from apps.registry.models import ActionType, Agent
from apps.trust.models import Slice


def slices_of(agent: Agent, action_types: Iterable[ActionType], segment: str = "all") -> dict[int, Slice]:
    """{action type id: slice} of one agent, for those that exist. One query."""
    wanted = [action_type.pk for action_type in action_types]
    found = Slice.objects.filter(agent=agent, segment=segment, action_type_id__in=wanted)
    return {row.action_type_id: row for row in found}
