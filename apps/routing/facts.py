"""What the assessment looks at, and what it answers: plain frozen values, kept as JSON with every assessment.

Nothing here knows the ORM, a request or the clock, so an assessment can be run again from its stored facts.
"""

from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.registry.states import Consequence, Reversibility, Stage
from apps.routing.states import Fallback, Layer, Route, Verb


@dataclass(frozen=True, slots=True)
class EvidenceFact:
    """What matters about one item of evidence: when it was retrieved (None: not said) and its provenance."""

    retrieved_at: datetime | None
    provenance: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about one proposal that may steer its route. `confidence` is as stated, 0..1.

    `hinted_*` are the agent's own words about the action; the stricter of hint and registry is used. `unseen` names
    argument values and pairs the slice has never had; `open_on_subject` counts other pending proposals about the
    same subject.
    """

    consequence: str
    reversibility: str
    effects: tuple[str, ...]
    confidence: float
    now: datetime
    hinted_consequence: str | None = None
    hinted_reversibility: str | None = None
    amount: Decimal | None = None
    currency: str = ""
    amount_limit: Decimal | None = None
    limit_currency: str = ""
    evidence: tuple[EvidenceFact, ...] = ()
    unseen: tuple[str, ...] = ()
    open_on_subject: int = 0

    def as_json(self) -> dict[str, Any]:
        """The facts in a form JSON can keep: times as ISO text, amounts as decimal text."""
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}


@dataclass(frozen=True, slots=True)
class TrustState:
    """What the slice has earned: its stage, and the confidence above which it may act (None: not yet)."""

    stage: Stage
    threshold: float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix as the assessment needs it. `evidence_stale_seconds` is wall time."""

    consequence: Consequence
    reversibility: Reversibility
    queue: str
    quorum: int
    claim_within: str
    decide_within: str
    result_within: str
    fallback: Fallback
    verbs: tuple[Verb, ...]
    ceiling: Stage
    evidence_stale_seconds: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: which layer, which rule, and the figures of its sentence (see `reasons.sentence`)."""

    layer: Layer
    code: str
    figures: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"layer": self.layer.value, "code": self.code, "figures": self.figures}


@dataclass(frozen=True, slots=True)
class Assessed:
    """The answer: what happens with the proposal, at which stage, with how many people, and why.

    `tier` orders queues: 0 (low, reversible) to 11 (critical, irreversible).
    """

    route: Route
    stage: Stage
    quorum: int
    tier: int
    cell: Cell
    reasons: tuple[Reason, ...]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, EvidenceFact):
        return {"retrieved_at": _plain(value.retrieved_at), "provenance": value.provenance}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
