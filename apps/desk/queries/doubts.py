"""Where on a card text does what text to be read need not do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.desk.texts.instructions import Finding, Habit


@dataclass(frozen=True, slots=True)
class Doubt:
    """A place on the card whose text does what text to be read need not do; `anchor` is its id."""

    where: str
    anchor: str
    habits: list[Habit]

    @staticmethod
    def listed(places: Iterable[tuple[str, str, Sequence[Finding]]]) -> "list[Doubt]":
        """Those of the places (where, anchor, what was found there) in which something was found."""
        return [
            Doubt(where, anchor, list(dict.fromkeys(finding.habit for finding in found)))
            for where, anchor, found in places
            if found
        ]
