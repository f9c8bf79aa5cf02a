"""The states of a task, and the only moves between them. Who may make a move is in `policies`."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskStatus(models.TextChoices):
    """Where a task stands."""

    OPEN = "open", _("waiting")
    CLAIMED = "claimed", _("claimed")
    ASKED = "asked", _("waiting for the agent's answer")
    DECIDED = "decided", _("decided, can be taken back")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("no longer needed")


class Came(models.TextChoices):
    """How a task came into a queue."""

    OPENED = "opened", _("opened")
    WIDENED = "widened", _("also offered here")
    REASSIGNED = "reassigned", _("reassigned")


class GoldSource(models.TextChoices):
    """How it became known what is right."""

    OVERRIDE = "override", _("a confirmed override")
    ADJUDICATED = "adjudicated", _("people agreed on it")


class GoldResult(models.TextChoices):
    """What a decision on a known case shows."""

    RIGHT = "right", _("right")
    MISSED = "missed", _("a mistake was let through")
    FALSE_ALARM = "false_alarm", _("what was right was not let through")


class Ruling(models.TextChoices):
    """How a dispute about a known case ended."""

    UPHELD = "upheld", _("the reviewer was right: the case is retired")
    DISMISSED = "dismissed", _("the known answer stands")


class Mark(models.TextChoices):
    """Why the way a decision was made keeps it from being evidence of trust."""

    BULK = "bulk", _("approved together with others")
    TOO_FAST = "too_fast", _("decided faster than it can be read")
    STREAK = "streak", _("one of a long row of quick approvals")
    EMERGENCY = "emergency", _("decided outside the rules in an emergency")


class Pick(models.TextChoices):
    """What a decision comes to, as far as two people can agree on it."""

    AS_PROPOSED = "as_proposed", _("as proposed")
    OTHERWISE = "otherwise", _("another action")
    NOTHING = "nothing", _("nothing")


class PickKind(models.TextChoices):
    """What somebody picked who did not know yet what the agent proposed."""

    ACTION = "action", _("one of the actions")
    NOTHING = "nothing", _("none of these: do nothing")
    ELSE = "else", _("something else")


@dataclass(frozen=True)
class Move:
    """One allowed move of a task: from any of `before` to `after`."""

    before: frozenset[TaskStatus]
    after: TaskStatus


MOVES: dict[str, Move] = {
    "claim": Move(frozenset({TaskStatus.OPEN}), TaskStatus.CLAIMED),
    "break_glass": Move(
        frozenset({TaskStatus.OPEN, TaskStatus.CLAIMED, TaskStatus.ASKED}), TaskStatus.CLAIMED
    ),
    "release": Move(frozenset({TaskStatus.CLAIMED}), TaskStatus.OPEN),
    "skip": Move(frozenset({TaskStatus.CLAIMED}), TaskStatus.OPEN),
    "lose_claim": Move(frozenset({TaskStatus.CLAIMED}), TaskStatus.OPEN),
    "reassign": Move(frozenset({TaskStatus.OPEN, TaskStatus.CLAIMED}), TaskStatus.OPEN),
    "pass_to_second": Move(frozenset({TaskStatus.DECIDED}), TaskStatus.OPEN),
    "ask": Move(frozenset({TaskStatus.CLAIMED}), TaskStatus.ASKED),
    "give_back": Move(frozenset({TaskStatus.ASKED}), TaskStatus.CLAIMED),
    "requeue": Move(frozenset({TaskStatus.ASKED}), TaskStatus.OPEN),
    "decide": Move(frozenset({TaskStatus.CLAIMED}), TaskStatus.DECIDED),
    "undo": Move(frozenset({TaskStatus.DECIDED}), TaskStatus.CLAIMED),
    "settle": Move(frozenset({TaskStatus.DECIDED}), TaskStatus.DONE),
    "cancel": Move(
        frozenset({TaskStatus.OPEN, TaskStatus.CLAIMED, TaskStatus.ASKED, TaskStatus.DECIDED}),
        TaskStatus.CANCELLED,
    ),
}
