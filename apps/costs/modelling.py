"""What does a month cost under these assumptions? Pure.

A case costs what the agent uses, the minutes of whoever reviews it, and what goes wrong:

    per case = agent + reviewed % x minutes / 60 x cost of an hour + wrong % x cost of an error
    a month  = cases x per case + fixed
"""

from dataclasses import dataclass
from decimal import Decimal

_NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Assumed:
    """One scenario: cases a month, and money in the currency of the workflow.

    `agent_cost` a case; `reviewed` and `wrong` in percent of cases; `minutes` of review a reviewed case; `hour_cost` of
    a reviewer; `error_cost` a wrong case; `fixed` a month, such as licences.
    """

    cases: int
    agent_cost: Decimal
    reviewed: Decimal
    minutes: Decimal
    hour_cost: Decimal
    wrong: Decimal
    error_cost: Decimal
    fixed: Decimal = _NONE

    @property
    def people(self) -> Decimal:
        """What people cost a case, spread over all cases."""
        return self.reviewed / 100 * self.minutes / 60 * self.hour_cost

    @property
    def errors(self) -> Decimal:
        """What errors cost a case, spread over all cases."""
        return self.wrong / 100 * self.error_cost

    @property
    def month(self) -> Decimal:
        return self.cases * (self.agent_cost + self.people + self.errors) + self.fixed

    @property
    def per_case(self) -> Decimal | None:
        """With its share of what is fixed; None without cases."""
        return self.month / self.cases if self.cases else None

    def saved(self, manual_cost: Decimal) -> Decimal:
        """How much less a month costs than the same cases by hand; below zero: more."""
        return self.cases * manual_cost - self.month
