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

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class ActionIn(Body):
    """An action type's name and its arguments."""

    name: Text = Field(min_length=1, max_length=80)
    """Name of an action type of the workflow; `GET /workflows` lists them."""
    args: dict[str, JsonValue]
    """The arguments; they have to fit the JSON Schema of the action type."""


class EvidenceIn(Body):
    """One item the agent relied on. Only ReviewHub sets the provenance `verified`."""

    id: Text = Field("", max_length=100)
    """The agent's own name for the item."""
    claim: Text = Field("", max_length=1000)
    """What it shows, in one sentence: reviewers read this first."""
    kind: EvidenceKind
    """What it is."""
    provenance: Literal[Provenance.ASSERTED, Provenance.UNCITED] = Provenance.ASSERTED
    """`asserted`: the agent vouches for it; `uncited`: it cannot say where it is from."""
    title: Text = Field("", max_length=300)
    """How it is called."""
    source: Text = Field("", max_length=300)
    """Where it is from: a tool call, a system, a person."""
    uri: Text = Field("", max_length=2000)
    """Where people find it; opened only when they follow it."""
    content: Text = Field("", max_length=20_000)
    """The item itself, as text; shown as text."""
    retrieved_at: Moment | None = None
    """When the agent read it. Old evidence is marked as stale."""
    untrusted: StrictBool = True
    """Whether outsiders could have written the content: an e-mail, a web page."""
    digest: Text = Field("", max_length=200)
    """A digest of the original, as the agent's system makes it."""


class RiskIn(Body):
    """A risk indicator of an alternative."""

    code: Text = Field(min_length=1, max_length=80)
    """A short name of the risk."""
    detail: Text = Field("", max_length=500)
    """What could happen."""
    severity: Consequence = Consequence.LOW
    """How bad that would be."""


class AlternativeIn(Body):
    """Another action the agent considered; `action` null means: do nothing."""

    rank: Annotated[int, Field(ge=1, le=MOST_ALTERNATIVES, strict=True)]
    """1 is the best of the others. No two alternatives share a rank."""
    action: ActionIn | None = None
    """The other action; null: to do nothing."""
    summary: Text = Field("", max_length=500)
    """What it means, in one sentence."""
    probability: Share | None = None
    """How likely the agent thinks this one is right."""
    risks: Annotated[list[RiskIn], Field(max_length=20)] = []
    """What speaks against it."""


class SubjectIn(Body):
    """What the proposal is about: `order`, `#W123`."""

    kind: Text = Field(min_length=1, max_length=60)
    """The kind of thing: `order`."""
    id: Text = Field(min_length=1, max_length=200)
    """Which one: `#W123`. Used to find similar cases and conflicts."""


class ImpactIn(Body):
    """What is at stake."""

    amount: Amount | None = None
    """The money at stake, as a decimal number or text."""
    currency: Currency | None = None
    """ISO 4217."""
    affected: Annotated[int, Field(ge=0, le=10**12, strict=True)] | None = None
    """How many people or records it reaches."""
    systems: Annotated[list[Annotated[Text, Field(max_length=120)]], Field(max_length=50)] = []
    """Which systems it touches."""

    @model_validator(mode="after")
    def _amount_has_currency(self) -> "ImpactIn":
        if self.amount is not None and self.currency is None:
            raise ValueError("an amount needs its currency (ISO 4217)")
        return self


class ToolCallIn(Body):
    """One tool call of the run."""

    name: Text = Field(min_length=1, max_length=120)
    """Which tool."""
    ok: StrictBool
    """Whether it worked."""
    ms: Annotated[int, Field(ge=0, le=10**12, strict=True)] | None = None
    """How long it took, in milliseconds."""


class RunIn(Body):
    """The session behind the proposal."""

    id: Text = Field(min_length=1, max_length=200)
    """The agent's own id of the session."""
    trace_id: Text = Field("", max_length=200)
    """Id of the trace, as the tracing system has it."""
    trace_url: Text = Field("", max_length=2000)
    """Where people can read the trace."""
    step: Annotated[int, Field(ge=0, le=10**9, strict=True)] | None = None
    """Which step of the run this is."""
    cost: Annotated[Decimal, Field(ge=0, max_digits=16, decimal_places=6, allow_inf_nan=False)] | None = None
    """What the run has cost so far."""
    tokens: Annotated[int, Field(ge=0, le=10**12, strict=True)] | None = None
    """How many tokens it has used so far."""
    duration_ms: Annotated[int, Field(ge=0, le=10**12, strict=True)] | None = None
    """How long it has taken so far, in milliseconds."""
    tool_calls: Annotated[list[ToolCallIn], Field(max_length=500)] = []
    """The tools it called, in order."""


class AgentVersionIn(Body):
    """What the agent ran with. The fingerprint is made from everything but the label."""

    label: Text = Field("", max_length=120)
    """How people call this version."""
    model: Text = Field("", max_length=120)
    """The model behind it."""
    prompt_version: Text = Field("", max_length=120)
    """The version of its prompts."""
    workflow_version: Text = Field("", max_length=120)
    """The version of the agent's own steps: the graph or script that calls model and tools."""
    policy_version: Text = Field("", max_length=120)
    """The version of the rules it was given."""
    tools: Annotated[list[Annotated[Text, Field(max_length=120)]], Field(max_length=200)] = []
    """The tools it may call."""


class ProposalIn(Body):
    """One proposal. The API pages say what each field is used for."""

    external_id: Text = Field(min_length=1, max_length=200)
    """The agent's own id of the proposal; unique for the agent."""
    workflow: Slug
    """Slug of a workflow that is granted to the agent."""
    action: ActionIn
    """What to carry out, exactly."""
    summary: Text = Field(min_length=1, max_length=500)
    """The decision in one sentence: the reviewer's headline."""
    rationale: Text = Field("", max_length=10_000)
    """Why, in full."""
    confidence: Share
    """How sure the agent is, from 0 to 1. Measured against what people decide, never believed."""
    evidence: Annotated[list[EvidenceIn], Field(max_length=MOST_EVIDENCE)] = []
    """What the agent relied on."""
    alternatives: Annotated[list[AlternativeIn], Field(max_length=MOST_ALTERNATIVES)] = []
    """What else could be done, ranked."""
    subject: SubjectIn | None = None
    """What it is about."""
    impact: ImpactIn | None = None
    """What is at stake."""
    run: RunIn | None = None
    """The session behind it."""
    supersedes: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    """`external_id` of a pending proposal of yours about the same subject, whose place this one takes."""
    agent_version: AgentVersionIn | Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """What the agent runs with, or the fingerprint of a version described before."""
    consequence: Consequence | None = None
    """A hint; the stricter of this and the registry's value is used."""
    reversibility: Reversibility | Literal["unknown"] | None = None
    """A hint; the stricter of this and the registry's value is used."""
    expires_at: Moment | None = None
    """When the proposal is no longer useful."""
    state: Annotated[str, AfterValidator(keepable), AfterValidator(_short_state)] = ""
    """Opaque text, at most 16 KiB; comes back with the answer as it is."""

    @model_validator(mode="after")
    def _ranks_differ(self) -> "ProposalIn":
        ranks = [item.rank for item in self.alternatives]
        if len(ranks) != len(set(ranks)):
            raise ValueError("two alternatives have the same rank")
        return self
