"""One case of the demo: what an agent proposes, and what a careful person makes of it.

Pure values. The person's answer never enters the proposal; it plays people in the past that the demo starts with,
and what people really did where an agent is only watched.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from apps.routing.states import Verb

Args = dict[str, Any]


@dataclass(frozen=True)
class Item:
    """An item of evidence, retrieved so long before the proposal (None: not said)."""

    kind: str
    title: str
    content: str
    claim: str = ""
    source: str = ""
    uri: str = ""
    ago: timedelta | None = timedelta(minutes=4)
    cited: bool = True

    def as_json(self, position: int, now: datetime) -> dict[str, Any]:
        """As the API takes it."""
        return {
            "id": f"e{position}",
            "kind": self.kind,
            "title": self.title,
            "content": self.content,
            "claim": self.claim,
            "source": self.source,
            "uri": self.uri,
            "provenance": "asserted" if self.cited else "uncited",
            "retrieved_at": (now - self.ago).isoformat() if self.ago is not None else None,
        }


@dataclass(frozen=True)
class Other:
    """An alternative; no name means: do nothing. `risks` are (code, detail, severity)."""

    summary: str
    probability: float
    name: str = ""
    args: Args | None = None
    risks: Sequence[tuple[str, str, str]] = ()

    def as_json(self, rank: int) -> dict[str, Any]:
        """As the API takes it."""
        return {
            "rank": rank,
            "action": {"name": self.name, "args": self.args} if self.name else None,
            "summary": self.summary,
            "probability": self.probability,
            "risks": [
                {"code": code, "detail": detail, "severity": severity}
                for code, detail, severity in self.risks
            ],
        }


@dataclass(frozen=True)
class Answer:
    """What a careful person decides."""

    verb: Verb = Verb.APPROVE
    args: Args | None = None
    rank: int | None = None
    reason: str = ""
    note: str = ""


@dataclass(frozen=True)
class Case:
    """A proposal before it is sent."""

    agent: str
    workflow: str
    action: str
    args: Args
    subject: tuple[str, str]
    summary: str
    rationale: str
    confidence: float
    evidence: Sequence[Item]
    others: Sequence[Other] = ()
    amount: str = ""
    systems: Sequence[str] = ()
    affected: int | None = None
    useful_for: timedelta | None = None
    hints: dict[str, str] = field(default_factory=dict)
    answer: Answer = Answer()
    # How the action went once it was carried out, and what became true later ("" or the story of a complaint).
    result: str = "Done."
    later: str = ""

    def body(self, *, external_id: str, now: datetime) -> dict[str, Any]:
        """The request body."""
        kind, key = self.subject
        impact: dict[str, Any] = {"systems": list(self.systems), "affected": self.affected}
        if self.amount:
            impact |= {"amount": self.amount, "currency": "EUR"}
        return {
            "external_id": external_id,
            "workflow": self.workflow,
            "action": {"name": self.action, "args": self.args},
            "subject": {"kind": kind, "id": key},
            "summary": self.summary,
            "rationale": self.rationale,
            "confidence": round(self.confidence, 2),
            "evidence": [item.as_json(number, now) for number, item in enumerate(self.evidence, start=1)],
            "alternatives": [other.as_json(rank) for rank, other in enumerate(self.others, start=1)],
            "impact": impact,
            "run": self._run(external_id),
            "agent_version": VERSIONS[self.agent],
            "expires_at": (now + self.useful_for).isoformat() if self.useful_for else None,
            **self.hints,
        }

    def done_by_people(self) -> tuple[str, Args] | None:
        """What people really do in this case; None for nothing."""
        if self.answer.verb is Verb.APPROVE:
            return self.action, self.args
        if self.answer.verb is Verb.EDIT:
            return self.action, self.answer.args or {}
        if self.answer.verb is Verb.CHOOSE_ALTERNATIVE and self.answer.rank:
            other = self.others[self.answer.rank - 1]
            return (other.name, other.args or {}) if other.name else None
        return None

    def _run(self, external_id: str) -> dict[str, Any]:
        tools = [
            item.source.partition("(")[0].strip() for item in self.evidence if item.kind == "tool_result"
        ]
        return {
            "id": f"run-{external_id}",
            "step": 3 + len(self.evidence),
            "tokens": 1800 + 37 * len(self.rationale) // 4,
            "cost": f"0.{len(self.rationale) % 7 + 1}4",
            "duration_ms": 5200 + 11 * len(self.summary),
            "tool_calls": [
                {"name": tool, "ok": True, "ms": 90 + 17 * position} for position, tool in enumerate(tools)
            ],
        }


VERSIONS: dict[str, dict[str, Any]] = {
    "refund-agent": {
        "label": "refund-agent 4.2",
        "model": "mid-size-chat-2026-09",
        "prompt_version": "refunds-31",
        "policy_version": "goodwill-2026-10",
        "tools": ["orders.get", "tracking.get", "payments.list", "mailbox.read"],
    },
    "care-writer": {
        "label": "care-writer 1.8",
        "model": "mid-size-chat-2026-09",
        "prompt_version": "tone-12",
        "policy_version": "care-2026-06",
        "tools": ["customers.get", "orders.get", "mailbox.read"],
    },
    "supplier-agent": {
        "label": "supplier-agent 2.0",
        "model": "large-reasoner-2026-05",
        "prompt_version": "suppliers-9",
        "policy_version": "four-eyes-2026-01",
        "tools": ["suppliers.get", "mailbox.read", "register.lookup"],
    },
    "contract-scout": {
        "label": "contract-scout 0.6",
        "model": "large-reasoner-2026-05",
        "prompt_version": "contracts-4",
        "policy_version": "mandate-2026-07",
        "tools": ["contracts.get", "index.lookup", "documents.search"],
    },
}
