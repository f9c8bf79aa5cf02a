"""The clock every page of the desk shows of a task: how long it has to be decided, as the card says it.

Which pages show the same time must show the same clock: the claim target is the queue's, not the reader's.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from apps.reviews.models import Task
from apps.sla import queries as sla
from apps.sla.faces import ClockFace


def decide_clocks(tasks: Iterable[Task], *, now: datetime) -> dict[UUID, ClockFace]:
    """{proposal id: its clock} of the tasks nobody has decided yet. One query whatever their number."""
    cycles = sla.decide_cycles([task.proposal_id for task in tasks])
    return {
        subject_id: sla.clock_face(cycle, now)
        for subject_id, cycle in cycles.items()
        if cycle.met_at is None and cycle.cancelled_at is None
    }
