"""Usage and plans for the tests of costs."""

from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from apps.costs.plan_setup import Plan, save_plan
from apps.costs.states import Span
from apps.costs.using import Answer, Used, report_usage
from tests.factories import House

_number = count()


def use(house: House, amount: str = "0", *, run: str = "run-1", key: str = "", **how: Any) -> Answer:
    """The order bot has used this."""
    agent = how.pop("agent", house.agent)
    now = how.pop("now", house.now)
    counts = {name: how.pop(name, 0) for name in ("tokens", "tool_calls", "steps")}
    return report_usage(
        agent=agent,
        workflow=how.pop("workflow", house.workflow),
        run_name=run,
        used=Used(Decimal(amount), how.pop("currency", "EUR"), **counts),
        key=key or f"usage-{next(_number)}",
        body_sha256=how.pop("body_sha256", "0" * 64),
        now=now,
    )


@pytest.fixture
def plan(house: House) -> Callable[..., bool]:
    """Adam says what orders may cost."""
    return lambda **what: set_plan(house, **what)


def set_plan(house: House, *, by: Any = None, **what: Any) -> bool:
    """Budgets by span, and `step_cap`, `benchmarks`, `currency`."""
    budgets = {Span(name): Decimal(what.pop(name)) for name in list(what) if name in Span.values}
    benchmarks = {slug: Decimal(amount) for slug, amount in what.pop("benchmarks", {}).items()}
    made = Plan(what.pop("currency", "EUR"), budgets, what.pop("step_cap", None), benchmarks)
    return save_plan(workflow=house.workflow, plan=made, by=by or house.adam, now=house.now)
