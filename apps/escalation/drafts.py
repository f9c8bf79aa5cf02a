"""The steps of a chain while an admin writes them: text, not yet proven, in the fields of one form.

Every button of the editor sends the whole form; what it does to the rows happens here. Values only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from apps.escalation.states import Do
from apps.escalation.steps import MOST_STEPS, To, takes

_LONGEST = 20
# More steps than a chain may have are read, so that saving says so; beyond this the form was not made by the editor.
_MOST_ROWS = MOST_STEPS * 5
_MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One step as it stands in the form."""

    after: str = ""
    do: str = Do.NOTIFY.value
    to: tuple[str, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """What this step can name; none for those that concern the task alone."""
        return takes(Do(self.do)) if self.do in Do.values else frozenset()

    def written(self) -> dict[str, Any]:
        """As `steps.read_steps` takes it."""
        return {"after": self.after, "do": self.do, "to": list(self.to)}


@dataclass(frozen=True, slots=True)
class Pressed:
    """The rows after a button, and where work goes on: a row's number (0: none) and `after`, `up`, `down`; or `add`."""

    rows: tuple[Row, ...]
    number: int = 0
    field: str = ""


def rows_of(steps: Sequence[Mapping[str, Any]]) -> tuple[Row, ...]:
    """The rows for the steps of a saved version."""
    return tuple(
        Row(str(step.get("after", "")), str(step.get("do", "")), tuple(map(str, step.get("to") or ())))
        for step in steps
    )


def read(form: QueryDict) -> tuple[Row, ...]:
    """The rows that were posted, also too many. Names a step cannot have (its sort was changed) are left out."""
    count = form.get("steps", "")
    total = min(int(count), _MOST_ROWS) if count.isdecimal() and len(count) < 4 else 0
    return tuple(_row(form, number) for number in range(1, total + 1))


def press(rows: tuple[Row, ...], button: str) -> Pressed:
    """What `add`, `up-2`, `down-2` or `delete-2` makes of the rows; anything else leaves them."""
    if button == "add" and len(rows) < MOST_STEPS:
        return Pressed((*rows, Row()), len(rows) + 1, "after")
    verb, _dash, text = button.partition("-")
    number = int(text) if text.isdecimal() and len(text) < 4 else 0
    if not 1 <= number <= len(rows):
        return Pressed(rows)
    at = number - 1
    if verb == "delete":
        return Pressed(rows[:at] + rows[at + 1 :], 0, "add")
    to = at + {"up": -1, "down": 1}.get(verb, 0)
    if to == at or not 0 <= to < len(rows):
        return Pressed(rows)
    moved = list(rows)
    moved[at], moved[to] = moved[to], moved[at]
    is_edge = to in (0, len(rows) - 1)
    other = "down" if to == 0 else "up"
    return Pressed(tuple(moved), to + 1, other if is_edge else verb)


def _row(form: QueryDict, number: int) -> Row:
    after = form.get(f"step-{number}-after", "").strip()[:_LONGEST]
    do = form.get(f"step-{number}-do", "")
    row = Row(after, do if do in Do.values else Do.NOTIFY.value)
    given = (text.strip()[:80] for text in form.getlist(f"step-{number}-to")[:_MOST_NAMES])
    fitting = (text for text in given if To(*text.partition(":")[::2]).kind in row.kinds)
    return Row(row.after, row.do, tuple(dict.fromkeys(fitting)))
