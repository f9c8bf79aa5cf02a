"""The figures of a back-test as its page shows them: lines with both sides, queues with their pictures. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.routing.states import Route
from apps.rulebook.states import Kind, LeftOut

WIDTH, HEIGHT = 480, 100
_HOURS = 24
_BAR = 8

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Line:
    """One figure on both sides; a side that has none (a rule only one policy has, nothing to tell) is None."""

    label: Text
    before: int | None
    after: int | None

    @property
    def by(self) -> int | None:
        """How much more it is after; None where one side has none."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Difference:
    """How many proposals differ in one way; their cases are listed under `kind`."""

    kind: Kind
    number: int

    @property
    def is_bad(self) -> bool:
        """Whether somebody has to look at these before the policy counts."""
        return self.kind in (Kind.WRONG_ACTS, Kind.RIGHT_HELD)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """How often a rule held and could not be answered, on both sides."""

    title: str
    held: Line
    failed: Line


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a picture, in a box of `WIDTH` x `HEIGHT`."""

    x: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of the day: tasks on average and at most, on both sides."""

    hour: int
    before: float
    after: float
    peak_before: int
    peak_after: int
    bar_before: Bar
    bar_after: Bar


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """What arrives in a queue. `top` is the largest average of an hour, which the tallest bar stands for."""

    slug: str
    name: str
    tasks: Line
    peak: Line
    breaches: Line
    decided: int
    minutes_a_look: float | None
    hours: tuple[Hour, ...]
    top: float


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the page shows of a finished back-test."""

    answered: int
    changed: int
    unasked: int
    first: datetime | None
    last: datetime | None
    zone: str
    left_out: list[tuple[Text, int]]
    known_right: int
    known_wrong: int
    known: list[Line]
    routes: list[Line]
    differences: list[Difference]
    rules: list[RuleLine]
    queues: list[QueueLoad]


def shown(figures: Mapping[str, Any], names: Mapping[str, str]) -> Shown:
    """Of the figures a row keeps (see `results`); `names` are those of queues by slug."""
    before, after = figures["before"], figures["after"]
    return Shown(
        answered=figures["answered"],
        changed=figures["changed"],
        unasked=figures["unasked"],
        first=_moment(figures["first"]),
        last=_moment(figures["last"]),
        zone=figures["zone"],
        left_out=[(LeftOut(why).label, number) for why, number in figures["left_out"].items()],
        known_right=figures["known"].get("right", 0),
        known_wrong=figures["known"].get("wrong", 0),
        known=_known(before, after) if figures["known"] else [],
        routes=_routes(before, after),
        differences=[
            Difference(kind, figures["kinds"][kind.value]) for kind in Kind if kind.value in figures["kinds"]
        ],
        rules=_rules(before["rules"], after["rules"]),
        queues=[_queue(slug, names.get(slug, slug), found) for slug, found in figures["queues"].items()],
    )


def _known(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Line]:
    lines: tuple[tuple[Text, str, tuple[Route, ...]], ...] = (
        (_("Known to be wrong, and would act"), "wrong", (Route.ACT,)),
        (_("Known to be right, and would act"), "right", (Route.ACT,)),
        (_("Known to be right, and a person decides"), "right", (Route.REVIEW,)),
        (_("Known to be right, and refused"), "right", (Route.REFUSE,)),
    )

    def count(side: Mapping[str, Any], what: str, routes: tuple[Route, ...]) -> int:
        return sum(side["known"].get(what, {}).get(route.value, 0) for route in routes)

    return [
        Line(label, count(before, what, routes), count(after, what, routes)) for label, what, routes in lines
    ]


def _routes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Line]:
    """Every route; of what can be said beyond, what there is on either side."""
    routes = [
        Line(
            str(route.label).capitalize(),
            before["routes"].get(route.value, 0),
            after["routes"].get(route.value, 0),
        )
        for route in Route
    ]
    further = [
        Line(_("By one person"), before["people"].get("1", 0), after["people"].get("1", 0)),
        Line(_("By two people"), before["people"].get("2", 0), after["people"].get("2", 0)),
        Line(_("By people who say first what they would do"), before["blind"], after["blind"]),
        Line(_("Acts, and is looked at afterwards"), before["audited"], after["audited"]),
        Line(_("With arguments a rule hides"), before["hidden"], after["hidden"]),
    ]
    return [*routes, *(line for line in further if line.before or line.after)]


def _rules(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[RuleLine]:
    """In the order of the tried policy; what only the other one has comes last."""
    first = {rule["slug"]: rule for rule in before}
    second = {rule["slug"]: rule for rule in after}

    def line(name: str, slug: str) -> Line:
        sides = (first.get(slug), second.get(slug))
        return Line(name, *(side[name] if side else None for side in sides))

    return [
        RuleLine((second.get(slug) or first[slug])["title"], line("held", slug), line("failed", slug))
        for slug in dict.fromkeys([*second, *first])
    ]


def _queue(slug: str, name: str, found: Mapping[str, Any]) -> QueueLoad:
    before, after = found["before"], found["after"]
    seconds = found["seconds_a_look"]
    top = max(*before["load"]["average"], *after["load"]["average"])
    return QueueLoad(
        slug=slug,
        name=name,
        tasks=Line(name, before["tasks"], after["tasks"]),
        peak=Line(name, before["load"]["peak"], after["load"]["peak"]),
        breaches=Line(name, before["breaches"], after["breaches"]),
        decided=found["decided"],
        minutes_a_look=None if seconds is None else seconds / 60,
        hours=tuple(_hour(hour, before["load"], after["load"], top) for hour in range(_HOURS)),
        top=top,
    )


def _hour(hour: int, before: Mapping[str, Any], after: Mapping[str, Any], top: float) -> Hour:
    left = WIDTH / _HOURS * hour + 2
    return Hour(
        hour=hour,
        before=before["average"][hour],
        after=after["average"][hour],
        peak_before=before["peaks"][hour],
        peak_after=after["peaks"][hour],
        bar_before=_bar(left, before["average"][hour], top),
        bar_after=_bar(left + _BAR, after["average"][hour], top),
    )


def _bar(x: float, value: float, top: float) -> Bar:
    height = round(HEIGHT * value / top, 1) if top else 0.0
    return Bar(round(x, 1), round(HEIGHT - height, 1), height)


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
