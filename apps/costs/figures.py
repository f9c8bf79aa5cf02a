"""What a decided task costs, beside what the same cost by hand. For pages, and for whoever scores a workflow."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum

from apps.costs.counting import decided_between
from apps.costs.model_setup import assumed_in, newest_model
from apps.costs.models import Account, Spent
from apps.costs.states import ScenarioKind, Span


@dataclass(frozen=True, slots=True)
class CostPerTask:
    """`spent` by agents on `tasks` that were decided. `people` is what review costs a task, as the model expects it.

    `manual` is what a case cost by hand. None: nobody has said, or there were no tasks.
    """

    currency: str
    spent: Decimal
    tasks: int
    people: Decimal | None
    manual: Decimal | None

    @property
    def agents(self) -> Decimal | None:
        """What agents cost a task."""
        return self.spent / self.tasks if self.tasks else None

    @property
    def whole(self) -> Decimal | None:
        """What a task costs, agents and people; without a cost model the agents alone."""
        return None if self.agents is None else self.agents + (self.people or 0)

    @property
    def share_of_manual(self) -> Decimal | None:
        """1 is as dear as by hand. None without a cost model or tasks."""
        return (
            self.whole / self.manual
            if self.whole is not None and self.people is not None and self.manual
            else None
        )


def cost_per_task(workflow_id: int, *, between: tuple[date, date], now: datetime) -> CostPerTask:
    """What a decided task of the workflow cost from one day to another, both included. Six small queries."""
    account = Account.objects.filter(pk=workflow_id).first()
    days = Spent.objects.filter(workflow=workflow_id, span=Span.DAY, starts_on__range=between)
    model = newest_model(workflow_id)
    expected = assumed_in(model).get(ScenarioKind.EXPECTED) if model else None
    return CostPerTask(
        account.currency if account else "",
        days.aggregate(total=Sum("amount"))["total"] or Decimal(0),
        decided_between(workflow_id, *between, now=now),
        expected.people if expected else None,
        model.manual_cost if model else None,
    )
