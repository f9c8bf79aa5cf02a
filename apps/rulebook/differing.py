"""What differs between two policies, in words a person reads: cells first, then rules. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.registry.states import Consequence, Reversibility, Stage
from apps.routing.states import BlindFirst, Fallback, Verb
from apps.rulebook.content import Content, cells_of

LABELS: Mapping[str, Any] = {
    "queue": _lazy("Queue"),
    "people": _lazy("People who must agree"),
    "sla": _lazy("Targets (SLA policy)"),
    "chain": _lazy("Escalation chain"),
    "fallback": _lazy("When nobody decides in time"),
    "verbs": _lazy("What a reviewer may do"),
    "ceiling": _lazy("Highest stage"),
    "stale_after": _lazy("Evidence is stale after"),
    "audit_floor": _lazy("Audited at least"),
    "veto_minutes": _lazy("Veto window at least"),
    "blind_first": _lazy("Said first, before the agent's choice is shown"),
    "title": _lazy("Title"),
    "when": _lazy("When"),
    "then": _lazy("Then"),
    "place": _lazy("Place"),
}
EFFECTS: Mapping[str, Any] = {
    "review": _lazy("a person decides"),
    "queue": _lazy("it goes to the queue {value}"),
    "consequence": _lazy("it counts as at least {value}"),
    "reversibility": _lazy("it counts as {value}"),
    "second_approver": _lazy("two people must agree"),
    "compliance": _lazy("the second who agrees is of {value}"),
    "corroborated": _lazy("a person decides unless another agent proposed the same"),
    "refuse": _lazy("it is refused: “{value}”"),
    "mask": _lazy("hidden: {value}"),
    "blind": _lazy("the reviewer says first what they would do"),
}
_CHOICES: Mapping[str, Any] = {
    "fallback": Fallback,
    "verbs": Verb,
    "ceiling": Stage,
    "blind_first": BlindFirst,
    "consequence": Consequence,
    "reversibility": Reversibility,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changes. `where` names the cell or rule; an added rule has no `before`, a removed no `after`."""

    where: str
    what: str
    before: str
    after: str


def differences(before: Content | None, after: Content) -> list[Difference]:
    """Everything that changes from `before` (None: nothing held) to `after`, in the order of the page."""
    return [*_cells(before, after), *_rules(before["rules"] if before else [], after["rules"])]


def changed_cells(before: Content | None, after: Content) -> set[tuple[str, str]]:
    """The addresses of cells that differ."""
    return {
        (which.value, how.value)
        for which, how, cell in cells_of(after)
        if before is None or before["matrix"][which.value][how.value] != cell
    }


def written(name: str, value: Any) -> str:
    """The value of a cell's field as a page shows it."""
    if name == "audit_floor":
        return f"{value} %" if value else _("as the slice's criteria say")
    if name == "veto_minutes":
        return _("{value} minutes").format(value=value) if value else _("as the slice's criteria say")
    if isinstance(value, list):
        return ", ".join(written(name, one) for one in value) or _("never")
    choices = _CHOICES.get(name)
    return str(choices(value).label) if choices else str(value)


def asks_for(then: Mapping[str, Any]) -> list[str]:
    """What a rule asks for, a sentence each."""
    return [
        str(sentence).format(value=_shown(name, then[name]))
        for name, sentence in EFFECTS.items()
        if then.get(name)
    ]


def place_name(which: str, how: str) -> str:
    """How a cell is called: `high, irreversible`."""
    return f"{Consequence(which).label}, {Reversibility(how).label}"


def _shown(name: str, value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else written(name, value)


def _cells(before: Content | None, after: Content) -> Iterable[Difference]:
    for which, how, cell in cells_of(after):
        old = before["matrix"][which.value][how.value] if before else {}
        for name, value in cell.items():
            if old.get(name) != value:
                was = written(name, old[name]) if name in old else ""
                yield Difference(
                    place_name(which.value, how.value), str(LABELS[name]), was, written(name, value)
                )


def _rules(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterable[Difference]:
    old, new = _by_name(before), _by_name(after)
    for name, (place, rule) in new.items():
        if name not in old:
            yield Difference(_called(rule), _("new rule"), "", _sentence(rule))
            continue
        earlier_place, earlier = old[name]
        for part in ("title", "when"):
            if earlier[part] != rule[part]:
                yield Difference(_called(rule), str(LABELS[part]), earlier[part], rule[part])
        if earlier["then"] != rule["then"]:
            yield Difference(
                _called(rule),
                str(LABELS["then"]),
                "; ".join(asks_for(earlier["then"])),
                "; ".join(asks_for(rule["then"])),
            )
        if earlier_place != place:
            yield Difference(_called(rule), str(LABELS["place"]), str(earlier_place), str(place))
    for name, (_place, rule) in old.items():
        if name not in new:
            yield Difference(_called(rule), _("rule removed"), _sentence(rule), "")


def _by_name(rules: list[dict[str, Any]]) -> dict[str, tuple[int, dict[str, Any]]]:
    return {rule["name"]: (place, rule) for place, rule in enumerate(rules, 1)}


def _called(rule: Mapping[str, Any]) -> str:
    return _("Rule “{title}”").format(title=rule["title"])


def _sentence(rule: Mapping[str, Any]) -> str:
    return _("when {when}: {then}").format(when=rule["when"], then="; ".join(asks_for(rule["then"])))
