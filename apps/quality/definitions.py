"""The figures of a scorecard: what over what, counted from which events. This is where each is defined, in words and
in what is counted; pages, files and `docs/quality.md` read it from here. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.outcomes.states import Direction
from apps.quality.states import Came


class Group(StrEnum):
    """The four groups of a scorecard."""

    VALUE = "value"
    QUALITY = "quality"
    RELIABILITY = "reliability"
    CONTROL = "control"

    @property
    def label(self) -> str | Promise:
        """As pages call it."""
        return _GROUPS[self]


class Unit(StrEnum):
    """What a figure is measured in: percent of cases, or hours a week."""

    PERCENT = "%"
    HOURS = "h"


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure. Of cases that came to `out_of`, the share that came to `hits`; `hits` is a part of `out_of`.

    In hours: the sum over `hits`, a week; it is out of nothing.
    """

    key: str
    group: Group
    label: str | Promise
    direction: Direction
    hits: tuple[Came, ...]
    out_of: tuple[Came, ...]
    meaning: str | Promise
    hits_label: str | Promise
    unit: Unit = Unit.PERCENT

    @property
    def moves_in(self) -> str:
        """What its changes are measured in: shares move by points."""
        return str(_("points")) if self.unit is Unit.PERCENT else str(self.unit)


_GROUPS: Mapping[Group, str | Promise] = {
    Group.VALUE: _("Business value"),
    Group.QUALITY: _("Quality"),
    Group.RELIABILITY: _("Reliability"),
    Group.CONTROL: _("Cost and control"),
}

_DECIDED = (Came.ACCEPTED, Came.CORRECTED, Came.REJECTED)
_TASKS = (Came.IN_TIME, Came.ESCALATED, Came.FALLEN_BACK)
_ARRIVED = (Came.TO_PERSON, Came.BY_ITSELF)
OVERRIDDEN = (Came.CORRECTED, Came.REJECTED)
"""What people decide otherwise than was proposed."""

DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        "acceptance",
        Group.VALUE,
        _("Acceptance rate"),
        Direction.HIGHER,
        (Came.ACCEPTED,),
        _DECIDED,
        _(
            "Proposals that people approved exactly as proposed, of all proposals people decided on. Counted on the"
            " day the decision took effect. What a policy or a fallback answered is not in it."
        ),
        _("approved as proposed"),
    ),
    Definition(
        "correction",
        Group.QUALITY,
        _("Correction rate"),
        Direction.LOWER,
        (Came.CORRECTED,),
        _DECIDED,
        _(
            "Proposals that people approved with other values or as one of the alternatives, of all proposals people"
            " decided on. Counted on the day the decision took effect. A rejection is no correction."
        ),
        _("corrected"),
    ),
    Definition(
        "violations",
        Group.QUALITY,
        _("Policy violations"),
        Direction.LOWER,
        (Came.VIOLATION,),
        (Came.VIOLATION, Came.IN_SHADOW, *_ARRIVED),
        _(
            "Attempts of agents that were refused because they may not do that: proposing in a workflow, slice or"
            " action that is not granted, or while suspended; redeeming a grant that is spent, expired, taken back or"
            " for another action. Of all these and all proposals that were taken in."
        ),
        _("refused attempts"),
    ),
    Definition(
        "failures",
        Group.RELIABILITY,
        _("Failures"),
        Direction.LOWER,
        (Came.FAILED,),
        (Came.FAILED, Came.EXECUTED),
        _(
            "Actions whose agent reported an execution error, of all actions reported as carried out or failed. Counted"
            " on the day of the report. What an agent chose not to carry out is not in it."
        ),
        _("failed"),
    ),
    Definition(
        "fallback",
        Group.RELIABILITY,
        _("Fallback rate"),
        Direction.LOWER,
        (Came.FALLEN_BACK,),
        _TASKS,
        _(
            "Tasks whose fallback came because nobody had decided in time, of all tasks that ended or were escalated."
            " Counted once, on the day of the first of these. Copies made to check people or agents are not in it."
        ),
        _("fallen back"),
    ),
    Definition(
        "silent",
        Group.RELIABILITY,
        _("Silent failures"),
        Direction.LOWER,
        (Came.SILENT,),
        (Came.SILENT, Came.HEARD_OF),
        _(
            "Approved actions nobody was told about that went wrong: no result was reported by its target time, or an"
            " audit found a mistake, a second person confirmed it blind, and nobody had reported it until then. Of all"
            " actions approved, by people or by policy. Counted on the day of the approval, so the newest days can"
            " still change."
        ),
        _("failed silently"),
    ),
    Definition(
        "review",
        Group.CONTROL,
        _("Review rate"),
        Direction.LOWER,
        (Came.TO_PERSON,),
        _ARRIVED,
        _(
            "Proposals that came before a person, also later out of their veto window, of all proposals that were not"
            " recorded in shadow. Counted on the day they arrived. Audits afterwards are not in it."
        ),
        _("came before a person"),
    ),
    Definition(
        "escalation",
        Group.CONTROL,
        _("Escalation rate"),
        Direction.LOWER,
        (Came.ESCALATED, Came.FALLEN_BACK),
        _TASKS,
        _(
            "Tasks for which a step of the escalation chain came, its fallback included, of all tasks that ended or"
            " were escalated. Counted once, on the day of the first of these."
        ),
        _("escalated"),
    ),
    Definition(
        "waiting",
        Group.CONTROL,
        _("Waiting beyond target"),
        Direction.LOWER,
        (Came.LATE,),
        (),
        _(
            "Hours between the moment a task was to be decided and the moment it was, or ended without a decision,"
            " added up and divided by weeks. Hours of the clock on the wall, nights and weekends too; what a pause"
            " allowed is not in it. Counted when the task ends: what waits still is told beside it."
        ),
        _("late tasks"),
        Unit.HOURS,
    ),
)

OVERRIDES = Definition(
    "overrides",
    Group.QUALITY,
    _("Override rate"),
    Direction.LOWER,
    OVERRIDDEN,
    _DECIDED,
    _(
        "Proposals that people corrected or rejected, of all proposals people decided on: what the acceptance rate"
        " leaves. Counted on the day the decision took effect."
    ),
    _("corrected or rejected"),
)
"""Of the page on drift and quality; the scorecard has its other side."""

BY_KEY: Mapping[str, Definition] = {one.key: one for one in DEFINITIONS}
"""Those that can have a target."""

COST_MEANING = _(
    "What agents' runs used, divided by the tasks decided in the same days, and with it what people's minutes cost a"
    " task, as the cost model of the workflow expects it; beside what a task costs by hand, from the model too. It has"
    " no interval: where the model is an estimate, so is this."
)
"""Measured by `costs`, not counted here."""
