"""The targets a clock runs for, the states of one cycle, and the only moves between them."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Target(models.TextChoices):
    """What must have happened by the due time."""

    CLAIM = "claim", _("someone takes it")
    DECIDE = "decide", _("it is decided")
    RESULT = "result", _("the agent reports back")


class CycleStatus(models.TextChoices):
    """Where a cycle stands. A met cycle that had been breached keeps its `breached_at`."""

    RUNNING = "running", _("running")
    BREACHED = "breached", _("overdue")
    MET = "met", _("met")
    CANCELLED = "cancelled", _("no longer needed")


class EventKind(models.TextChoices):
    """What happened to a cycle."""

    START = "start", _("started")
    PAUSE = "pause", _("paused")
    RESUME = "resume", _("resumed")
    WARNED = "warned", _("warned")
    MET = "met", _("met")
    BREACHED = "breached", _("breached")
    CANCELLED = "cancelled", _("cancelled")
    REOPENED = "reopened", _("reopened")
    RETARGET = "retarget", _("given new targets")


# Cycles that still wait for their target.
LIVE = (CycleStatus.RUNNING, CycleStatus.BREACHED)


@dataclass(frozen=True)
class Move:
    """One allowed move of a cycle: from any of `before` to one of `after`."""

    before: frozenset[CycleStatus]
    after: frozenset[CycleStatus]


MOVES: dict[str, Move] = {
    "breach": Move(frozenset({CycleStatus.RUNNING}), frozenset({CycleStatus.BREACHED})),
    "meet": Move(frozenset(LIVE), frozenset({CycleStatus.MET})),
    "cancel": Move(frozenset(LIVE), frozenset({CycleStatus.CANCELLED})),
    # A decision taken back: the cycle waits again, overdue if it had been before.
    "reopen": Move(frozenset({CycleStatus.MET}), frozenset(LIVE)),
}

# For the trigger that guards the column: each (from, to), in a stable order.
PAIRS = sorted(
    {(old.value, new.value) for move in MOVES.values() for old in move.before for new in move.after}
)
