"""Is a chain proven not to end in silence? A list of sentences; empty means it holds.

A chain is proven for every place it is used in: a queue of a workflow. Reachable: every step has its moment, in
order, on the real calendar. Staffed now: every step that tells somebody has somebody who is there. It ends in a role
with at least two active people. Values only: who holds what comes in as `Place`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.escalation.states import Do
from apps.escalation.steps import Problem, Step, To

LEAST_ACCOUNTABLE = 2


@dataclass(frozen=True, slots=True)
class Reach:
    """What a `to` stands for now. `active` and `present` are ids of people; a channel or queue has neither.

    `serves` says that it can do its part without naming people: an active channel, a queue somebody reviews.
    """

    exists: bool
    active: frozenset[int] = frozenset()
    present: frozenset[int] = frozenset()
    serves: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chain is used: how to name it in a sentence, and what each `to` reaches there."""

    name: str
    reach: Mapping[To, Reach]


def prove(steps: Sequence[Step], places: Iterable[Place]) -> list[Problem]:
    """What is wrong with the chain in these places, each sentence once and in order."""
    problems: list[Problem] = []
    for place in places:
        problems += _in_place(steps, place)
    return list(dict.fromkeys(problems))


def _in_place(steps: Sequence[Step], place: Place) -> Iterable[Problem]:
    for number, step in enumerate(steps, start=1):
        yield from _unknown(number, step, place)
        if step.do is Do.NOTIFY and number < len(steps):
            yield from _unstaffed(number, step, place)
        elif step.do in (Do.WIDEN, Do.REASSIGN):
            yield from _unserved(number, step, place)
    yield from _unaccountable(len(steps), steps[-1], place)


def unknown(number: int, to: To) -> Problem:
    """The sentence about a name of a step that stands for nothing."""
    told = _("Step {number}: there is no {to}. Make it first, or name another.")
    return Problem(told.format(number=number, to=to), step=number)


def _unknown(number: int, step: Step, place: Place) -> Iterable[Problem]:
    for to in step.to:
        if not place.reach[to].exists:
            yield unknown(number, to)


def _unstaffed(number: int, step: Step, place: Place) -> Iterable[Problem]:
    reached = [place.reach[to] for to in step.to]
    if any(one.serves or one.present for one in reached):
        return
    told = _("Step {number} would tell nobody in {place} now: {to} has nobody who is there.")
    yield Problem(told.format(number=number, place=place.name, to=_names(step)), step=number)


def _unserved(number: int, step: Step, place: Place) -> Iterable[Problem]:
    for to in step.to:
        if place.reach[to].exists and not place.reach[to].serves:
            yield Problem(_("Step {number}: nobody reviews {to}.").format(number=number, to=to), step=number)


def _unaccountable(number: int, last: Step, place: Place) -> Iterable[Problem]:
    answerable = frozenset[int]().union(*(place.reach[to].active for to in last.to))
    if len(answerable) < LEAST_ACCOUNTABLE:
        told = _(
            "The last step, {to}, has {count} active people in {place}; it needs at least {least}, so that one of them"
            " can be away. Give the role to more people, or name another role as well."
        ).format(to=_names(last), count=len(answerable), place=place.name, least=LEAST_ACCOUNTABLE)
        yield Problem(told, step=number)


def _names(step: Step) -> str:
    return ", ".join(map(str, step.to))
