"""What agents are answered, as the OpenAPI document describes it.

The answers themselves are built by the resources; tests check them against these descriptions, nothing is
validated on the way out.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from apps.proposals.states import DecidedBy, Retry, Status, Substatus
from apps.registry.states import Stage
from apps.routing.states import Layer, Route, Verb


def _moment(description: str) -> Any:
    return Field(description=description, json_schema_extra={"format": "date-time"})


class Out(BaseModel):
    """Base of every answer: exactly these members."""

    model_config = ConfigDict(extra="forbid")


class ErrorOut(Out):
    """One thing that is wrong: where, as the keys and positions that lead there, and what."""

    loc: list[str | int]
    msg: str


class Problem(Out):
    """RFC 9457. `type` leads to the explanation."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ErrorOut]


class ReasonOut(Out):
    """Why the proposal goes where it goes."""

    layer: Layer
    code: str
    text: str


class ActionOut(Out):
    """An action type's name and its arguments."""

    name: str
    args: dict[str, Any]


class DecisionOut(Out):
    """The one answer: which action, if any, is to be carried out."""

    verb: Verb
    action: ActionOut | None
    args_sha256: str | None
    diff: list[dict[str, Any]]
    alternative_rank: int | None
    reason_code: str | None
    message: str
    retry: Retry | None
    decided_by_type: DecidedBy
    decided_at: str = _moment("When it was decided.")


class GrantOut(Out):
    """The single-use permission. `token` is a compact JWS that a tool can verify offline."""

    jti: str
    token: str
    expires_at: str = _moment("Until when it can be redeemed.")
    redeemed_at: str | None = _moment("When it was redeemed.")


class LinksOut(Out):
    """Where the proposal is: for agents, and for people."""

    self: str
    page: str


class ProposalOut(Out):
    """A proposal. Anything but the status `approved` means: do not act."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    external_id: str
    workflow: str
    status: Status
    substatus: Substatus
    stage: Stage
    route: Route
    reasons: list[ReasonOut]
    action: ActionOut
    args_sha256: str
    decision: DecisionOut | None
    grant: GrantOut | None
    due_at: str | None = _moment("When a person should have decided.")
    expires_at: str | None = _moment("When it stops being useful.")
    created_at: str = _moment("When it arrived.")
    state: str
    links: LinksOut


class ProposalsOut(Out):
    """A page of proposals, newest first. `next_cursor` null means: there are no more."""

    items: list[ProposalOut]
    next_cursor: str | None


class BatchItemOut(Out):
    """The answer to one item: `proposal` if it was taken in, else `problem`."""

    status: int
    proposal: ProposalOut | None
    replayed: bool
    problem: Problem | None


class BatchOut(Out):
    """One answer per item, in order."""

    items: list[BatchItemOut]


class RedeemedOut(Out):
    """Carry the action out now, once."""

    jti: str
    proposal: str
    action: str
    args_sha256: str
    redeemed_at: str = _moment("When the grant was used.")


class SliceOut(Out):
    """What this agent may do with one kind of action."""

    workflow: str
    action: str
    segment: str
    stage: Stage
    threshold: float | None
    counted: int
    wrong: int
    stage_since: str = _moment("Since when it has this stage.")


class SlicesOut(Out):
    """All slices of the agent; one appears with its first proposal."""

    items: list[SliceOut]


class KeySetOut(Out):
    """A JWK set (RFC 7517)."""

    keys: list[dict[str, Any]]
