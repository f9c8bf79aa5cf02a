"""What is halted in these tests, and by whom."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.halts import halting
from apps.halts.models import Halt
from apps.halts.states import HaltScope
from apps.halts.targets import Target
from apps.registry.models import Agent, AgentKey
from apps.registry.states import Scope
from tests.api.conftest import make_key
from tests.factories import House
from tests.trust.earning import a_slice

WEEK = timedelta(days=7)
Stop = Callable[..., Halt]


def key_of(agent: Agent, *scopes: Scope) -> AgentKey:
    """A key of this agent, with the scope for halts unless others are named."""
    return make_key(agent, *(scopes or (Scope.HALT,)))[0]


def target(house: House, scope: str) -> Target:
    """The house's own workflow, agent or slice; or everything."""
    return {
        HaltScope.EVERYTHING: lambda: Target(),
        HaltScope.WORKFLOW: lambda: Target(workflow=house.workflow),
        HaltScope.AGENT: lambda: Target(agent=house.agent),
        HaltScope.SLICE: lambda: Target(slice=a_slice(house)),
    }[HaltScope(scope)]()


def stop(house: House, scope: str = "everything", by: User | None = None, **changes: Any) -> Halt:
    """Adam, or somebody else, stops it."""
    values: dict[str, Any] = {"reason": "The shop is on fire.", "by": by or house.adam, "now": house.now}
    return halting.halt(target=target(house, scope), **values | changes)


def go_on(house: House, halt: Halt, by: User | None = None, **changes: Any) -> Halt:
    """Adam, or somebody else, lifts it."""
    values: dict[str, Any] = {"reason": "It is out.", "by": by or house.adam, "now": house.now}
    return halting.lift(halt_id=halt.pk, **values | changes)


@pytest.fixture(params=list(HaltScope), ids=lambda scope: scope.value)
def scope(request: pytest.FixtureRequest) -> str:
    """Every scope in turn."""
    return str(request.param.value)
