"""Of which work may a person read the escalation? Of the queues they lead and the workflows they are named for; the
reading offices of all. Others of none.
"""

from dataclasses import dataclass

from django.db.models import Q

from apps.accounts.models import User
from apps.accounts.policies import reads_everything
from apps.registry.visibility import named_workflow_ids
from apps.reviews.models import Task
from apps.reviews.policies import led_queue_ids


@dataclass(frozen=True, slots=True)
class Reach:
    """`all`, or ids of queues and of workflows; work in either can be read."""

    all: bool = False
    queues: frozenset[int] = frozenset()
    workflows: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return self.all or bool(self.queues) or bool(self.workflows)

    def covers(self, task: Task) -> bool:
        """Whether the task is within it."""
        return self.all or task.workflow_id in self.workflows or not self.queues.isdisjoint(task.in_queues)

    def of_tasks(self, prefix: str = "") -> Q:
        """The condition on tasks; `prefix` leads to them, as in `task__`."""
        if self.all:
            return Q()
        queues = sorted(self.queues)
        return (
            Q(**{f"{prefix}queue_id__in": queues})
            | Q(**{f"{prefix}also_in__overlap": queues})
            | Q(**{f"{prefix}workflow_id__in": sorted(self.workflows)})
        )


EVERYTHING = Reach(all=True)


def reach_of(by: User) -> Reach:
    """What this person may read. At most three queries."""
    if reads_everything(by):
        return EVERYTHING
    return own_reach_of(by)


def own_reach_of(by: User) -> Reach:
    """What this person may read without an office: as a lead, or named by a workflow. Two or three queries."""
    return Reach(queues=frozenset(led_queue_ids(by)), workflows=frozenset(named_workflow_ids(by)))
