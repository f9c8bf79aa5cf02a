"""The states of a task, and the only moves between them. Who may make a move is in `policies`."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskStatus(models.TextChoices):
    """Where a task stands."""

    OPEN = "open", _("waiting")
    CLAIMED = "claimed", _("claimed")
    DECIDED = "decided", _("decided, can be taken back")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("no longer needed")


@dataclass(frozen=True)
class Move:
    """One allowed move of a task: from any of `before` to `after`."""

    before: frozenset[TaskStatus]
    after: TaskStatus


MOVES: dict[str, Move] = {
    "claim": Move(frozenset({TaskStatus.OPEN}), TaskStatus.CLAIMED),
    "release": Move(frozenset({TaskStatus.CLAIMED}), TaskStatus.OPEN),
    "skip": Move(frozenset({TaskStatus.CLAIMED}), TaskStatus.OPEN),
    "lose_claim": Move(frozenset({TaskStatus.CLAIMED}), TaskStatus.OPEN),
    "pass_to_second": Move(frozenset({TaskStatus.DECIDED}), TaskStatus.OPEN),
    "decide": Move(frozenset({TaskStatus.CLAIMED}), TaskStatus.DECIDED),
    "undo": Move(frozenset({TaskStatus.DECIDED}), TaskStatus.CLAIMED),
    "settle": Move(frozenset({TaskStatus.DECIDED}), TaskStatus.DONE),
    "cancel": Move(
        frozenset({TaskStatus.OPEN, TaskStatus.CLAIMED, TaskStatus.DECIDED}), TaskStatus.CANCELLED
    ),
}
