"""How do the sums of a run and of its workflow stand against their budgets? Pure: knows no database and no clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from apps.costs.periods import next_start
from apps.costs.states import Span, level_of

# What waiting does not free comes first, then what takes longest.
_LASTING = (Span.EVER, Span.RUN, Span.MONTH, Span.WEEK, Span.DAY)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a workflow may cost: a budget for each span that has one, and how many steps a run may take."""

    currency: str = ""
    budgets: Mapping[Span, Decimal] = field(default_factory=dict)
    step_cap: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One budget and what was spent of it. `free_on` is the day a new period begins; None: it never does by itself."""

    span: Span
    limit: Decimal
    spent: Decimal
    free_on: date | None

    @property
    def is_spent(self) -> bool:
        return self.spent >= self.limit

    @property
    def level(self) -> int:
        return level_of(self.spent, self.limit)

    @property
    def percent(self) -> int:
        """How much of it is used, cut off and not rounded: 100 says that it is spent."""
        return int(self.spent * 100 / self.limit)


def standings(rules: Rules, spent: Mapping[Span, Decimal], *, day: date) -> list[Standing]:
    """Each budget of these rules, in the order of the spans; what `spent` does not name is untouched."""
    return [
        Standing(span, rules.budgets[span], spent.get(span, Decimal(0)), next_start(span, day))
        for span in Span
        if span in rules.budgets
    ]


def what_stops(found: Iterable[Standing]) -> Standing | None:
    """The spent budget that stops the longest."""
    spent = [one for one in found if one.is_spent]
    return max(spent, key=lambda one: (one.free_on or date.max, -_LASTING.index(one.span)), default=None)
