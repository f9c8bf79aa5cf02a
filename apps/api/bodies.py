"""What an agent sends besides a proposal: a batch, a withdrawal, its reports. Limits as in the contract."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import any_schema

from apps.intake.contract import ActionIn, Body, Moment, ProposalIn, keepable
from apps.proposals.states import Disposition, Verdict
from apps.registry.schemas import compile_schema, dotted
from apps.registry.states import Consequence

MOST_ITEMS = 1000
MOST_WAIT = 55
# What may stand in an Idempotency-Key: visible ASCII.
KEY_PATTERN = r"^[\x21-\x7e]{1,255}$"

# Every JSON object that can be kept and digested exactly.
_ANY_ARGS = compile_schema({"type": "object"})

Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(keepable)]
Detail = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(keepable)]
Key = Annotated[str, StringConstraints(pattern=KEY_PATTERN)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class BatchItemIn(Body):
    """One proposal of a batch with its own Idempotency-Key."""

    idempotency_key: Key
    proposal: ProposalIn


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


class WithdrawIn(Body):
    """Why the agent takes its proposal back."""

    reason: Line


class ResultIn(Body):
    """What became of an approved action."""

    disposition: Disposition
    occurred_at: Moment
    detail: Detail = ""
    cost: Annotated[Decimal, Field(ge=0, max_digits=16, decimal_places=6, allow_inf_nan=False)] | None = None
    duration_ms: Annotated[int, Field(ge=0, le=10**12, strict=True)] | None = None


class OutcomeIn(Body):
    """What became true later."""

    verdict: Verdict
    source: Line
    occurred_at: Moment
    severity: Consequence = Consequence.LOW
    detail: Detail = ""


def _exact(action: ActionIn) -> ActionIn:
    for path, message in _ANY_ARGS.problems(action.args):
        raise ValueError(f"{dotted(path)}: {message}")
    return action


class HumanActionIn(Body):
    """What people really did; `action` null means: nothing."""

    action: Annotated[ActionIn, AfterValidator(_exact)] | None
    actor: Line
    occurred_at: Moment


class RedeemIn(Body):
    """The digest of the exact action about to be carried out."""

    args_sha256: Sha256
