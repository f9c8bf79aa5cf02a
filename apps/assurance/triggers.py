"""Does a simulated trigger prove that an escalation reaches people? Pure.

A trigger holds when every place the workflow sends work to has a chain that is proven there and tells two different
people: one alone may be asleep. What the steps do and whom they reach comes in; this module knows no chain.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

LEAST_PEOPLE = 2


@dataclass(frozen=True, slots=True)
class Taken:
    """A step as it would have been taken: how many seconds after the task came in, what it does, whom it tells."""

    after_seconds: float
    does: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One place: a queue with its chain. `problems` is why the chain does not hold there, empty where it does."""

    queue: str
    chain: str
    taken: tuple[Taken, ...]
    problems: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        """Whom its steps tell, each once, the first first."""
        return tuple(dict.fromkeys(name for step in self.taken for name in step.people))

    @property
    def wrong(self) -> tuple[str, ...]:
        """Everything that speaks against it, in sentences."""
        if len(self.people) >= LEAST_PEOPLE:
            return self.problems
        few = _("{queue}: {count} would be told; it takes at least {least} people.").format(
            queue=self.queue, count=len(self.people), least=LEAST_PEOPLE
        )
        return (*self.problems, few)

    def written(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def read_place(written: dict[str, Any]) -> Place:
    """What `written` wrote."""
    taken = tuple(
        Taken(step["after_seconds"], step["does"], tuple(step["people"])) for step in written["taken"]
    )
    return Place(written["queue"], written["chain"], taken, tuple(written["problems"]))


def holds(places: Sequence[Place]) -> bool:
    """Whether the trigger proves the escalation: something was tried, and nothing speaks against any of it."""
    return bool(places) and not any(place.wrong for place in places)


def reached(places: Iterable[Place]) -> list[str]:
    """The names of all people who would have been told, sorted."""
    return sorted({name for place in places for name in place.people})


def told(places: Sequence[Place]) -> str:
    """The outcome in a sentence or two: the evidence, or what is wrong."""
    if not places:
        return _("No policy says where the work of this workflow goes: there is nothing to escalate.")
    wrong = [sentence for place in places for sentence in place.wrong]
    if wrong:
        return _("The simulated trigger failed. {wrong}").format(wrong=" ".join(wrong))
    return _("A simulated trigger in {places} reached {people}.").format(
        places=", ".join(f"{place.queue} ({place.chain})" for place in places),
        people=", ".join(reached(places)),
    )
