"""The values of one ordinary proposal, by the names rules know."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from apps.registry.fingerprints import VersionFacts
from apps.routing.facts import EvidenceFact, Facts
from apps.routing.rules.names import Circumstances, values

NOW = datetime(2026, 11, 17, 10, tzinfo=UTC)

FACTS = Facts(
    consequence="moderate",
    reversibility="compensable",
    effects=("moves_money",),
    confidence=0.82,
    now=NOW,
    amount=Decimal("-129.90"),
    currency="EUR",
    evidence=(EvidenceFact(NOW, "asserted"), EvidenceFact(None, "verified")),
)
AROUND = Circumstances(
    action="cancel_order",
    args={"order_id": "#W1", "country": "NL", "quantity": 3, "huge": 2**70, "parts": [{"n": 1}]},
    agent="care",
    version=VersionFacts("m-1", "p1", "", ("get_order",), "v1"),
    subject_kind="order",
    subject_id="#W1",
    alternatives=2,
    run={"id": "run-1", "step": 4, "cost": "0.20", "tool_calls": [{"name": "get_order", "ok": False}]},
)


def plain_values() -> dict[str, Any]:
    """A fresh dictionary of them."""
    return values(FACTS, AROUND, consequence="moderate", reversibility="compensable")
