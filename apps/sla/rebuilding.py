"""Derives every cycle's columns from its events again, and compares them with what is stored, or mends them.

Uses the same `history` as the verbs do, so a difference means that a row was changed past them, or a fault.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.db import transaction

from apps.sla.cycle_figures import DERIVED, take
from apps.sla.history import Figures, Happening, WrongCycle, after, begun
from apps.sla.hours import CalendarError
from apps.sla.known_versions import calendar_version, policy_version, terms_of
from apps.sla.models import ClockCycle, ClockEvent
from apps.sla.states import EventKind

_VERSIONS = ("policy_version_id", "calendar_version_id")
_COMPARED = ("target_text", *_VERSIONS, *DERIVED)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """A column that does not say what the events say; `column` is empty when they cannot be followed at all."""

    cycle: ClockCycle
    column: str
    stored: Any
    derived: Any

    def __str__(self) -> str:
        name = f"cycle {self.cycle.pk} ({self.cycle.target} of {self.cycle.subject_id})"
        if not self.column:
            return f"{name}: {self.derived}"
        return f"{name}: {self.column} is {_text(self.stored)}, its events give {_text(self.derived)}"


def rebuild(*, mend: bool, tell: Callable[[Difference], None]) -> int:
    """Compare all cycles, `tell` each difference, and with `mend` store what the events say. How many cycles.

    Rows are locked in batches while they are looked at, so that no verb is half-way; each batch is a transaction.
    """
    looked_at, last = 0, 0
    while True:
        with transaction.atomic():
            rows = ClockCycle.objects.select_for_update(no_key=True).filter(pk__gt=last).order_by("pk")
            cycles = list(rows.prefetch_related("events")[:_AT_ONCE])
            wrong = []
            for cycle in cycles:
                differences = list(_differences(cycle))
                for difference in differences:
                    tell(difference)
                if differences and all(difference.column for difference in differences):
                    wrong.append(cycle)
            if mend and wrong:
                # The trigger guards moves that people make; this is none.
                with pgtrigger.ignore("sla.ClockCycle:cycle_moves"):
                    ClockCycle.objects.bulk_update(wrong, list(_COMPARED))
        if not cycles:
            return looked_at
        looked_at, last = looked_at + len(cycles), cycles[-1].pk


def _differences(cycle: ClockCycle) -> Iterator[Difference]:
    """The differences of one cycle; afterwards the instance says what the events say."""
    stored = {name: getattr(cycle, name) for name in _COMPARED}
    try:
        take(cycle, _followed(cycle))
    except (WrongCycle, CalendarError) as error:
        yield Difference(cycle, "", None, f"its events cannot be followed: {error}")
        return
    for name in _COMPARED:
        if getattr(cycle, name) != stored[name]:
            yield Difference(cycle, name, stored[name], getattr(cycle, name))


def _followed(cycle: ClockCycle) -> Figures:
    events = list(cycle.events.all())
    if not events or events[0].kind != EventKind.START:
        raise WrongCycle("its log does not begin with a start")
    figures = begun(_happening(cycle, events[0]))
    for event in events[1:]:
        figures = after(figures, _happening(cycle, event))
    return figures


def _happening(cycle: ClockCycle, event: ClockEvent) -> Happening:
    """The event as a value; a start or retarget gives the cycle its versions."""
    terms = None
    if event.policy_version_id is not None and event.calendar_version_id is not None:
        for name in _VERSIONS:
            setattr(cycle, name, getattr(event, name))
        terms = terms_of(
            policy_version(event.policy_version_id), calendar_version(event.calendar_version_id), cycle.target
        )
    return Happening(EventKind(event.kind), event.at, until=event.until, share=event.share, terms=terms)


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
