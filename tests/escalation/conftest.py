"""The House with a chain of its own: leads, roles and offices that can be told."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.accounts import rights
from apps.accounts.roles import Role
from apps.escalation import chains
from apps.escalation.models import ChainVersion, EscalationRun
from apps.proposals.models import Proposal
from tests.factories import House

STEPS: list[dict[str, Any]] = [
    {"after": "50%", "do": "notify", "to": ["leads"]},
    {"after": "100%", "do": "notify", "to": ["role:process_owner"]},
    {"after": "150%", "do": "fallback"},
    {"after": "200%", "do": "notify", "to": ["role:business_owner", "office:admin"]},
]


def staff(house: House) -> None:
    """Bob leads every queue."""
    for queue in house.queues.values():
        rights.give(role=Role.LEAD, to=house.bob, on=queue, by=None, now=house.now)


def save(house: House, steps: list[dict[str, Any]] = STEPS, **changes: Any) -> ChainVersion:
    """The chain `standard`, which every cell of the test matrix names."""
    given = {"slug": "standard", "name": "Standard", "by": None, "now": house.now} | changes
    return chains.save_chain(steps=steps, **given)


def run_of(proposal: Proposal) -> EscalationRun:
    """The newest run of the proposal's task."""
    return EscalationRun.objects.filter(task__proposal=proposal).latest("pk")


@pytest.fixture
def staffed(house: House) -> House:
    """The house, with leads and the chain of these tests."""
    staff(house)
    save(house)
    return house


@pytest.fixture
def live_staffed(live_house: House) -> House:
    """The same, committed."""
    staff(live_house)
    save(live_house)
    return live_house


@pytest.fixture
def at(house: House) -> Callable[[float], datetime]:
    """The moment at which so many hours have passed; the decide target of the tests is four."""
    return lambda hours: house.now + timedelta(hours=hours)
