"""What an agent sends besides a proposal: a batch, a withdrawal, its reports. Limits as in the contract."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import any_schema

from apps.evaluation.states import Scale
from apps.halts.policies import LONGEST
from apps.halts.states import HaltScope
from apps.intake.contract import (
    MOST_EVIDENCE,
    ActionIn,
    Body,
    Currency,
    EvidenceIn,
    Moment,
    ProposalIn,
    Slug,
    keepable,
)
from apps.proposals.states import Disposition, Verdict
from apps.registry.schemas import compile_schema, dotted
from apps.registry.states import Consequence

MOST_ITEMS = 1000
MOST_WAIT = 55
# What may stand in an Idempotency-Key: visible ASCII.
KEY_PATTERN = r"^[\x21-\x7e]{1,255}$"

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# A reporter's clock may be ahead of ours by so much.
_CLOCKS_DIFFER = timedelta(minutes=5)

# Every JSON object that can be kept and digested exactly.
_ANY_ARGS = compile_schema({"type": "object"})


def _has_come(moment: datetime) -> datetime:
    if moment > timezone.now() + _CLOCKS_DIFFER:
        raise ValueError("lies in the future; report what has happened")
    return moment


def _written_day(value: object) -> object:
    """Only YYYY-MM-DD: no numbers, which would be read as seconds since 1970."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("is a day, as YYYY-MM-DD")
    return value


def _is_to_come(day: date) -> date:
    today = timezone.localdate()
    if not today < day <= today + LONGEST:
        raise ValueError("lies ahead, within a year")
    return day


ComingDay = Annotated[date, BeforeValidator(_written_day), AfterValidator(_is_to_come)]
Happened = Annotated[Moment, AfterValidator(_has_come)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(keepable)]
Answer = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000), AfterValidator(keepable)
]
Why = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(keepable)
]
Detail = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(keepable)]
Count = Annotated[int, Field(ge=0, le=10**9, strict=True)]
Named = Annotated[str, StringConstraints(min_length=1, max_length=120), AfterValidator(keepable)]
Number = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False, strict=True)]
Key = Annotated[str, StringConstraints(pattern=KEY_PATTERN)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class BatchItemIn(Body):
    """One proposal of a batch with its own Idempotency-Key."""

    idempotency_key: Key
    """This item's own key."""
    proposal: ProposalIn
    """What would be the body of a single request."""


class _JudgedAlone:
    """Lets an item through unread, so that a bad one spoils no other; documented as what it should be."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return any_schema()

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(BatchItemIn.__pydantic_core_schema__)


class BatchIn(Body):
    """Up to 1,000 proposals, each with its own key, in a body within the size limit."""

    items: Annotated[list[Annotated[Any, _JudgedAlone()]], Field(min_length=1, max_length=MOST_ITEMS)]
    """The proposals."""


class WithdrawIn(Body):
    """Why the agent takes its proposal back."""

    reason: Line
    """Why; people read it."""


class InfoIn(Body):
    """The answer to a reviewer's question, with further evidence. Only ReviewHub sets the provenance `verified`."""

    answer: Answer
    """What the reviewer wanted to know."""
    evidence: Annotated[list[EvidenceIn], Field(max_length=MOST_EVIDENCE)] = []
    """What it rests on; shown as added after the question."""
    question_id: UUID | None = None
    """`info_request.id`: answers that question or none. Without it, the open one."""


class ResultIn(Body):
    """What became of an approved action."""

    disposition: Disposition
    """What became of it."""
    occurred_at: Happened
    """When."""
    detail: Detail = ""
    """What there is to say about it."""
    cost: Annotated[Decimal, Field(ge=0, max_digits=16, decimal_places=6, allow_inf_nan=False)] | None = None
    """What it cost."""
    duration_ms: Annotated[int, Field(ge=0, le=10**12, strict=True)] | None = None
    """How long it took, in milliseconds."""


class OutcomeIn(Body):
    """What became true later."""

    verdict: Verdict
    """Whether the action turned out right."""
    source: Line
    """Who or what says so."""
    occurred_at: Happened
    """When it became true."""
    severity: Consequence = Consequence.LOW
    """How bad it was."""
    detail: Detail = ""
    """What happened."""


def _exact(action: ActionIn) -> ActionIn:
    for path, message in _ANY_ARGS.problems(action.args):
        raise ValueError(f"{dotted(path)}: {message}")
    return action


class HumanActionIn(Body):
    """What people really did; `action` null means: nothing."""

    action: Annotated[ActionIn, AfterValidator(_exact)] | None
    """What they did; null: nothing."""
    actor: Line
    """Who did it."""
    occurred_at: Happened
    """When."""


class EventIn(Body):
    """One event of the process a workflow is about."""

    id: Line
    """The reporter's own id of the event; told again it is kept once."""
    case: Line
    """What it belongs to, such as the subject's id of proposals about it."""
    activity: Line
    """What happened, in the words of the process."""
    at: Happened
    """When."""
    resource: Annotated[str, StringConstraints(max_length=200), AfterValidator(keepable)] = ""
    """Who did it."""
    cost: (
        Annotated[
            Decimal, Field(gt=-(10**12), lt=10**12, max_digits=18, decimal_places=6, allow_inf_nan=False)
        ]
        | None
    ) = None
    """What it cost, in the one currency of the workflow; left out, it is not known."""


class EventsIn(Body):
    """Up to 1,000 events, in any order."""

    events: Annotated[list[EventIn], Field(min_length=1, max_length=MOST_ITEMS)]
    """The events."""


class UsageIn(Body):
    """What a run has used since its last report."""

    workflow: Slug
    """The workflow the run works in."""
    amount: Annotated[Decimal, Field(ge=0, max_digits=16, decimal_places=6, allow_inf_nan=False)] | None = (
        None
    )
    """What it cost, as a decimal number or text."""
    # Looked at where it is left out too: an amount needs it.
    currency: Annotated[Currency | None, Field(validate_default=True)] = None
    """ISO 4217; the one the workflow counts in."""
    tokens: Count = 0
    """How many tokens."""
    tool_calls: Count = 0
    """How many calls of tools."""
    steps: Count = 0
    """How many steps."""

    @field_validator("currency")
    @classmethod
    def _amount_has_currency(cls, currency: str | None, info: ValidationInfo) -> str | None:
        if currency is None and info.data.get("amount") is not None:
            raise ValueError("an amount needs its currency (ISO 4217)")
        return currency


class ScaleIn(Body):
    """What the judge's words are."""

    kind: Scale
    """`verdict`: correct or wrong; `choice`: as_proposed, otherwise or nothing; `reason`: one of the workflow's reason
    codes or as_proposed; `score`: a number."""
    low: Number | None = None
    """Of a score: its least."""
    high: Number | None = None
    """Of a score: its most."""
    right_from: Number | None = None
    """Of a score: from where on it means correct."""


class JudgeIn(Body):
    """What one version of a judge says about a proposal, on a scale that this version keeps."""

    judge: Named
    """The judge's name."""
    version: Named
    """Its version: another model, prompt or scale is another one."""
    scale: ScaleIn
    """What its words are."""
    verdict: (
        Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(keepable)] | None
    ) = None
    """Its word; null with a score."""
    score: Number | None = None
    """Its number; null with a word."""
    reasons: Detail = ""
    """Why."""
    prompt_sha256: Sha256
    """Digest of the prompt it answered, 64 hex digits."""
    model: Annotated[str, StringConstraints(max_length=120), AfterValidator(keepable)] = ""
    """Which model answered."""


class HaltIn(Body):
    """What to stop, and why. `everything` names nothing else; any other scope exactly what it is about."""

    scope: HaltScope
    """How much: everything, a workflow, an agent in all its work, or one slice of work."""
    workflow: Slug | None = None
    """The workflow's slug; of a workflow or a slice."""
    agent: Slug | None = None
    """The agent's slug; of an agent or a slice."""
    action: (
        Annotated[str, StringConstraints(min_length=1, max_length=80), AfterValidator(keepable)] | None
    ) = None
    """The action type; of a slice."""
    segment: Slug | None = None
    """The part of the work; of a slice, left out: `all`, the rest that no segment holds."""
    reason: Why
    """Why; everybody who is stopped reads it, agents too."""
    look_again_on: ComingDay | None = None
    """When people have to look again, as YYYY-MM-DD; left out: in a week."""

    @model_validator(mode="after")
    def _names_what_it_stops(self) -> "HaltIn":
        wanted = _NAMED_BY[self.scope]
        named = {
            name for name in ("workflow", "agent", "action", "segment") if getattr(self, name) is not None
        }
        if named - {"segment"} != wanted - {"segment"} or not named <= wanted:
            raise ValueError(f"{self.scope.value} names exactly: {', '.join(sorted(wanted)) or 'nothing'}")
        return self


_NAMED_BY = {
    HaltScope.EVERYTHING: set(),
    HaltScope.WORKFLOW: {"workflow"},
    HaltScope.AGENT: {"agent"},
    HaltScope.SLICE: {"workflow", "agent", "action", "segment"},
}


class LiftIn(Body):
    """Why it may go on."""

    reason: Why
    """Why; it is kept with the halt."""


class RedeemIn(Body):
    """The digest of the exact action about to be carried out."""

    args_sha256: Sha256
    """Digest of the action's name and args, 64 hex digits."""
