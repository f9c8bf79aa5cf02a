"""What an agent sends to propose something: the fields of the API, their limits, and nothing else.

Every text refuses NUL and lone surrogates, which PostgreSQL cannot keep. Whether an action's arguments fit its type is
for `registry.schemas` to say.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StringConstraints,
    model_validator,
)

from apps.proposals.states import EvidenceKind, Provenance
from apps.registry.states import Consequence, Reversibility

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
STATE_BYTES = 16 * 1024
MOST_EVIDENCE = 50
MOST_ALTERNATIVES = 10


def keepable(text: str) -> str:
    """The text, if the database can keep it. Raises ValueError with what is wrong."""
    if "\x00" in text:
        raise ValueError("contains a NUL character; remove it")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("contains a lone surrogate; send valid Unicode") from error
    return text


def _written_out(value: object) -> object:
    """Only RFC 3339 text: no bare numbers, which would be read as seconds since 1970."""
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("is a moment with its zone, as RFC 3339 writes it: 2026-11-17T10:00:00Z")
    return value


def _in_this_age(moment: datetime) -> datetime:
    """Within a century or two, so that every time zone can express it and the database can keep it."""
    if not _EARLIEST <= moment <= _LATEST:
        raise ValueError(f"is not between the years {_EARLIEST.year} and {_LATEST.year}")
    # PostgreSQL refuses offsets from 16 hours on, which RFC 3339 allows.
    return moment.astimezone(UTC)


def _short_state(text: str) -> str:
    if len(text.encode()) > STATE_BYTES:
        raise ValueError(f"is longer than {STATE_BYTES} bytes")
    return text


Text = Annotated[str, AfterValidator(keepable)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_this_age)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=True)]
Slug = Annotated[str, StringConstraints(pattern=r"^[-a-zA-Z0-9_]{1,60}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Amount = Annotated[Decimal, Field(max_digits=16, decimal_places=2, allow_inf_nan=False)]


class Body(BaseModel):
    """Base of every request body: a field nobody knows is an error, not a silent loss."""

    model_config = ConfigDict(extra="forbid")


class ActionIn(Body):
    """An action type's name and its arguments."""

    name: Text = Field(min_length=1, max_length=80)
    args: dict[str, JsonValue]


class EvidenceIn(Body):
    """One item the agent relied on. Only ReviewHub sets the provenance `verified`."""

    id: Text = Field("", max_length=100)
    claim: Text = Field("", max_length=1000)
    kind: EvidenceKind
    provenance: Literal[Provenance.ASSERTED, Provenance.UNCITED] = Provenance.ASSERTED
    title: Text = Field("", max_length=300)
    source: Text = Field("", max_length=300)
    uri: Text = Field("", max_length=2000)
    content: Text = Field("", max_length=20_000)
    retrieved_at: Moment | None = None
    untrusted: StrictBool = True
    digest: Text = Field("", max_length=200)


class RiskIn(Body):
    """A risk indicator of an alternative."""

    code: Text = Field(min_length=1, max_length=80)
    detail: Text = Field("", max_length=500)
    severity: Consequence = Consequence.LOW


class AlternativeIn(Body):
    """Another action the agent considered; `action` null means: do nothing."""

    rank: Annotated[int, Field(ge=1, le=MOST_ALTERNATIVES, strict=True)]
    action: ActionIn | None = None
    summary: Text = Field("", max_length=500)
    probability: Share | None = None
    risks: Annotated[list[RiskIn], Field(max_length=20)] = []


class SubjectIn(Body):
    """What the proposal is about: `order`, `#W123`."""

    kind: Text = Field(min_length=1, max_length=60)
    id: Text = Field(min_length=1, max_length=200)


class ImpactIn(Body):
    """What is at stake."""

    amount: Amount | None = None
    currency: Currency | None = None
    affected: Annotated[int, Field(ge=0, le=10**12, strict=True)] | None = None
    systems: Annotated[list[Annotated[Text, Field(max_length=120)]], Field(max_length=50)] = []

    @model_validator(mode="after")
    def _amount_has_currency(self) -> "ImpactIn":
        if self.amount is not None and self.currency is None:
            raise ValueError("an amount needs its currency (ISO 4217)")
        return self


class ToolCallIn(Body):
    """One tool call of the run."""

    name: Text = Field(min_length=1, max_length=120)
    ok: StrictBool
    ms: Annotated[int, Field(ge=0, le=10**12, strict=True)] | None = None


class RunIn(Body):
    """The session behind the proposal."""

    id: Text = Field(min_length=1, max_length=200)
    trace_id: Text = Field("", max_length=200)
    trace_url: Text = Field("", max_length=2000)
    step: Annotated[int, Field(ge=0, le=10**9, strict=True)] | None = None
    cost: Annotated[Decimal, Field(ge=0, max_digits=16, decimal_places=6, allow_inf_nan=False)] | None = None
    tokens: Annotated[int, Field(ge=0, le=10**12, strict=True)] | None = None
    duration_ms: Annotated[int, Field(ge=0, le=10**12, strict=True)] | None = None
    tool_calls: Annotated[list[ToolCallIn], Field(max_length=500)] = []


class AgentVersionIn(Body):
    """What the agent ran with. The fingerprint is made from everything but the label."""

    label: Text = Field("", max_length=120)
    model: Text = Field("", max_length=120)
    prompt_version: Text = Field("", max_length=120)
    policy_version: Text = Field("", max_length=120)
    tools: Annotated[list[Annotated[Text, Field(max_length=120)]], Field(max_length=200)] = []


class ProposalIn(Body):
    """One proposal. The API pages say what each field is used for."""

    external_id: Text = Field(min_length=1, max_length=200)
    workflow: Slug
    action: ActionIn
    summary: Text = Field(min_length=1, max_length=500)
    rationale: Text = Field("", max_length=10_000)
    confidence: Share
    evidence: Annotated[list[EvidenceIn], Field(max_length=MOST_EVIDENCE)] = []
    alternatives: Annotated[list[AlternativeIn], Field(max_length=MOST_ALTERNATIVES)] = []
    subject: SubjectIn | None = None
    impact: ImpactIn | None = None
    run: RunIn | None = None
    agent_version: AgentVersionIn | Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    consequence: Consequence | None = None
    reversibility: Reversibility | Literal["unknown"] | None = None
    expires_at: Moment | None = None
    state: Annotated[str, AfterValidator(keepable), AfterValidator(_short_state)] = ""

    @model_validator(mode="after")
    def _ranks_differ(self) -> "ProposalIn":
        ranks = [item.rank for item in self.alternatives]
        if len(ranks) != len(set(ranks)):
            raise ValueError("two alternatives have the same rank")
        return self
