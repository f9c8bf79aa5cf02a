"""The organisation of a soak: the cast, a third reviewer, a chain with a step of every kind, both fallbacks."""

from datetime import datetime
from typing import Any

from apps.registry.states import Consequence
from apps.routing.actions import publish_policy
from tests import factories
from tests.escalation.conftest import save, staff
from tests.factories import House

# Of four hours; the end comes again after one hour, four hours, and then daily.
STEPS: list[dict[str, Any]] = [
    {"after": "40%", "do": "widen", "to": ["queue:triage"]},
    {"after": "50%", "do": "notify", "to": ["leads"]},
    {"after": "75%", "do": "raise_tier"},
    {"after": "100%", "do": "notify", "to": ["role:process_owner"]},
    {"after": "120%", "do": "reassign", "to": ["queue:senior"]},
    {"after": "150%", "do": "require_second"},
    {"after": "200%", "do": "fallback"},
    {"after": "220%", "do": "notify", "to": ["role:business_owner", "office:admin"]},
]


def build(now: datetime) -> House:
    """Fill an empty database. Moderate actions are rejected by their fallback; high ones are held."""
    house = factories.build_house(now)
    house.team.user_set.add(factories.UserFactory(short="dora"))
    cells = factories.matrix_cells()
    for cell in cells:
        cell.fallback = "reject" if cell.consequence == Consequence.MODERATE else "hold"
    publish_policy(workflow=None, cells=cells, reason="for a soak", by=None, now=now)
    staff(house)
    save(house, STEPS)
    return house
