"""What the assessment looks at, and what it answers: plain frozen values, kept as JSON with every assessment.

Nothing here knows the ORM, a request or the clock, so an assessment can be run again from its stored facts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.registry.states import Consequence, Reversibility, Stage
from apps.routing.states import BlindFirst, Fallback, Layer, Route, Verb
from apps.trust.states import Basis


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
    same subject. `is_corroborated`: whether another agent proposed the same lately (None: no rule asked). `zone` is
    where the calendar of `now` is read.
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
    is_corroborated: bool | None = None
    zone: str = "UTC"

    def as_json(self) -> dict[str, Any]:
        """The facts in a form JSON can keep: times as ISO text, amounts as decimal text."""
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Facts":
        """The same again from that form."""
        known = {one.name: stored[one.name] for one in fields(cls) if one.name in stored}
        for name in ("amount", "amount_limit"):
            known[name] = Decimal(known[name]) if known.get(name) is not None else None
        evidence = known.get("evidence", ())
        return cls(
            **known
            | {
                "now": datetime.fromisoformat(known["now"]),
                "effects": tuple(known["effects"]),
                "unseen": tuple(known.get("unseen", ())),
                "evidence": tuple(
                    EvidenceFact(
                        datetime.fromisoformat(item["retrieved_at"]) if item["retrieved_at"] else None,
                        item["provenance"],
                    )
                    for item in evidence
                ),
            }
        )


@dataclass(frozen=True, slots=True)
class TrustState:
    """What the slice has earned: its stage, and the confidence above which it may act (None: not yet).

    `is_held`: the alarm paused it, or a suspected mistake is being looked at. `coin` below `audit_rate`: the audit has
    chosen this proposal. `veto_minutes`: how long a window lasts, `veto_always`: whether every action has one.
    """

    stage: Stage
    threshold: float | None
    is_held: bool = False
    coin: float = 1.0
    audit_rate: float = 0.0
    veto_minutes: int = 15
    veto_always: bool = False

    def as_json(self) -> dict[str, Any]:
        """In a form JSON can keep."""
        return {one.name: getattr(self, one.name) for one in fields(self)} | {"stage": self.stage.value}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "TrustState":
        """The same again from that form."""
        return cls(**{**stored, "stage": Stage(stored["stage"])})


_LOOKS = {Basis.AUDIT: BlindFirst.AUDITS, Basis.SHADOW: BlindFirst.SHADOW}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix as the assessment needs it. `queue`, `sla` and `chain` are slugs.

    `evidence_stale_seconds` is wall time; `blind_first` are the looks that begin without the agent's choice. What acts
    is audited at least at `audit_floor` and waits at least `veto_minutes`, whatever its slice has earned.
    """

    consequence: Consequence
    reversibility: Reversibility
    queue: str
    quorum: int
    sla: str
    chain: str
    fallback: Fallback
    verbs: tuple[Verb, ...]
    ceiling: Stage
    evidence_stale_seconds: int
    blind_first: frozenset[BlindFirst] = frozenset()
    audit_floor: float = 0.0
    veto_minutes: int = 0

    def asks_blind(self, basis: Basis) -> bool:
        """Whether whoever looks for this reason says first, without the agent's choice, what they would do."""
        return BlindFirst.REVIEWS in self.blind_first or _LOOKS.get(basis) in self.blind_first


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

    `tier` orders queues: 0 (low, reversible) to 11 (critical, irreversible). `basis` is why a person looks at it;
    `could_act`: nothing but a pause or the audit's coin keeps it from acting. What acts waits `veto_minutes` first
    (0: not at all), and is examined afterwards when `audits_after`; `audit_rate` is the share that is. `compliance`
    is the slug of the queue whose people agree as the second, empty without; `masked` are arguments hidden in this
    proposal beside those always hidden. `cell` is the matrix's own, with the queue and the blind looks that rules
    asked for.
    """

    route: Route
    stage: Stage
    quorum: int
    tier: int
    cell: Cell
    reasons: tuple[Reason, ...]
    basis: Basis = Basis.FULL
    could_act: bool = False
    veto_minutes: int = 0
    audits_after: bool = False
    audit_rate: float = 0.0
    compliance: str = ""
    masked: tuple[str, ...] = ()

    @property
    def is_blind_first(self) -> bool:
        """Whether the person who looks says first, without the agent's choice, what they would do."""
        return self.cell.asks_blind(self.basis)


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
