"""What agents are answered, as the OpenAPI document describes it.

The answers themselves are built by the resources; tests check them against these descriptions, nothing is
validated on the way out.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from apps.costs.states import Span
from apps.halts.states import HaltScope
from apps.proposals.states import DecidedBy, Retry, Status, Substatus
from apps.registry.states import Consequence, Effect, Reversibility, Stage
from apps.routing.states import Layer, Route, Verb


def _moment(description: str) -> Any:
    return Field(description=description, json_schema_extra={"format": "date-time"})


class Out(BaseModel):
    """Base of every answer: exactly these members."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class ErrorOut(Out):
    """One thing that is wrong: where, as the keys and positions that lead there, and what."""

    loc: list[str | int]
    """Keys and positions that lead to the place."""
    msg: str
    """What is wrong there."""


class Problem(Out):
    """RFC 9457. `type` leads to the explanation."""

    type: str
    """Leads to the explanation of this kind of problem."""
    title: str
    """The kind of problem."""
    status: int
    """The HTTP status."""
    detail: str
    """What is wrong with this request."""
    errors: list[ErrorOut]
    """The places in the request."""


class ReasonOut(Out):
    """Why the proposal goes where it goes."""

    layer: Layer
    """Which layer of the assessment."""
    code: str
    """Short name of the reason."""
    text: str
    """The reason, as people read it."""


class ActionOut(Out):
    """An action type's name and its arguments."""

    name: str
    """The action type."""
    args: dict[str, Any]
    """Its arguments."""


class InfoRequestOut(Out):
    """A reviewer's question that waits for the agent's answer: send it to `/proposals/{id}/info`."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    """Send it back as `question_id`."""
    question: str
    """What a reviewer wants to know; text of a person."""
    asked_at: str = _moment("When it was asked.")
    answer_by: str = _moment("When the reviewers go on without an answer.")


class DecisionOut(Out):
    """The one answer: which action, if any, is to be carried out."""

    verb: Verb
    """What was decided."""
    action: ActionOut | None
    """What to carry out; null: nothing."""
    args_sha256: str | None
    """Its digest; null when there is no action."""
    diff: list[dict[str, Any]]
    """How it differs from what was proposed: `path`, `before`, `after`."""
    alternative_rank: int | None
    """Which alternative was chosen."""
    reason_code: str | None
    """Why not as proposed; one of the workflow's own codes."""
    message: str
    """A note of the person."""
    retry: Retry | None
    """Whether to propose it again, after a rejection."""
    decided_by_type: DecidedBy
    """Who decided: a person, a policy or the fallback."""
    decided_at: str = _moment("When it was decided.")


class GrantOut(Out):
    """The single-use permission. `token` is a compact JWS that a tool can verify offline."""

    jti: str
    """Id of the grant, for redeeming it."""
    token: str
    """Compact JWS; see the claims of a grant."""
    expires_at: str = _moment("Until when it can be redeemed.")
    redeemed_at: str | None = _moment("When it was redeemed.")


class LinksOut(Out):
    """Where the proposal is: for agents, and for people."""

    self: str
    """This resource."""
    page: str
    """The page people read."""


class ProposalOut(Out):
    """A proposal. Anything but the status `approved` means: do not act."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    """ReviewHub's id."""
    external_id: str
    """The agent's own id."""
    workflow: str
    """The workflow's slug."""
    status: Status
    """Where it stands."""
    substatus: Substatus
    """What a pending one waits for; `superseded`: a newer one took its place."""
    stage: Stage
    """The stage of its slice when it arrived."""
    route: Route
    """Where the assessment sent it."""
    reasons: list[ReasonOut]
    """Why."""
    action: ActionOut
    """What was proposed."""
    args_sha256: str
    """Digest of what was proposed."""
    info_request: InfoRequestOut | None
    """A question that waits for the agent's answer; null: none."""
    decision: DecisionOut | None
    """The answer; null: none yet."""
    grant: GrantOut | None
    """The permission; null: there is none."""
    due_at: str | None = _moment(
        "When a person should have decided; null while the clock waits for the agent."
    )
    expires_at: str | None = _moment("When it stops being useful.")
    created_at: str = _moment("When it arrived.")
    erased_at: str | None = _moment(
        "When its contents were taken out: what was proposed, why and about whom; null: they are there."
    )
    state: str
    """What the agent sent along."""
    links: LinksOut
    """Where it is."""


class ProposalsOut(Out):
    """A page of proposals, newest first. `next_cursor` null means: there are no more."""

    items: list[ProposalOut]
    """The proposals."""
    next_cursor: str | None
    """Send it as `cursor` for the next page; null: there is none."""


class BatchItemOut(Out):
    """The answer to one item: `proposal` if it was taken in, else `problem`."""

    status: int
    """As a single request would be answered."""
    proposal: ProposalOut | None
    """The proposal; null: it was refused."""
    replayed: bool
    """Whether this is the stored answer to an earlier request."""
    problem: Problem | None
    """Why it was refused; null: it was not."""


class BatchOut(Out):
    """One answer per item, in order."""

    items: list[BatchItemOut]
    """The answers, in the order of the request."""


class RedeemedOut(Out):
    """Carry the action out now, once."""

    jti: str
    """Id of the grant."""
    proposal: str
    """Id of the proposal."""
    action: str
    """The action type."""
    args_sha256: str
    """Digest of the action to carry out."""
    redeemed_at: str = _moment("When the grant was used.")


class SliceOut(Out):
    """What this agent may do with one kind of action."""

    workflow: str
    """The workflow's slug."""
    action: str
    """The action type."""
    segment: str
    """The part of the work it covers."""
    stage: Stage
    """What the agent may do there."""
    threshold: float | None
    """Confidence from which it may act; null: not earned."""
    counted: int
    """Decisions that counted."""
    wrong: int
    """How many of them went against the proposed action."""
    stage_since: str = _moment("Since when it has this stage.")


class SlicesOut(Out):
    """All slices of the agent; one appears with its first proposal."""

    items: list[SliceOut]
    """The slices."""


class ActionTypeOut(Out):
    """What may be proposed. The registry's consequence and reversibility count, not the agent's."""

    name: str
    """Send it as `action.name`."""
    title: str
    """How people call it."""
    description: str
    """What it does."""
    args_schema: dict[str, Any]
    """JSON Schema that `action.args` has to fit."""
    consequence: Consequence
    """How much it matters if it is wrong."""
    reversibility: Reversibility
    """Whether it can be undone."""
    effects: list[Effect]
    """What it touches."""
    within: list[str]
    """Conditions in CEL, one of which has to hold of a proposal by this agent; none: no limit."""


class WorkflowOut(Out):
    """A workflow granted to the agent."""

    slug: str
    """Send it as `workflow`."""
    name: str
    """How people call it."""
    description: str
    """What the work is about."""
    actions: list[ActionTypeOut]
    """The action types this agent may propose there."""


class WorkflowsOut(Out):
    """Everything this agent may propose."""

    items: list[WorkflowOut]
    """The workflows, by slug."""


class KeySetOut(Out):
    """A JWK set (RFC 7517)."""

    keys: list[dict[str, Any]]
    """Public keys, by `kid`."""


class EventsOut(Out):
    """How many events were new."""

    kept: int
    """Those that were not told before."""


class BudgetOut(Out):
    """One budget the run is under. From `spent` = `limit` on nothing new is taken in under it."""

    span: Span
    """What it is for."""
    limit: str
    """How much it is, in the currency of the workflow."""
    spent: str
    """How much of it is spent."""
    until: str | None = _moment("When a new period begins; null: never by itself.")


class UsageOut(Out):
    """What the run has used in all, and how its budgets stand. `stopped`: begin nothing new."""

    run: str
    """Your id of the run."""
    workflow: str
    """The workflow's slug."""
    amount: str
    """What it cost so far."""
    currency: str
    """What the workflow counts in; empty: nothing was spent or set yet."""
    tokens: int
    """How many tokens."""
    tool_calls: int
    """How many calls of tools."""
    steps: int
    """How many steps."""
    step_cap: int | None
    """How many steps a run may take; null: any number."""
    budgets: list[BudgetOut]
    """The budgets it is under."""
    stopped: bool
    """Whether one of them is spent, or the run has taken too many steps."""


class HaltOut(Out):
    """A halt. It stands until `lifted_at`."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    """ReviewHub's id; send it to lift it."""
    scope: HaltScope
    """How much it stops."""
    workflow: str | None
    """The workflow's slug, of a workflow or a slice."""
    agent: str | None
    """The agent's slug, of an agent or a slice."""
    action: str | None
    """The action type, of a slice."""
    segment: str | None
    """The part of the work, of a slice."""
    reason: str
    """Why."""
    by: str
    """Who stopped it."""
    at: str = _moment("Since when.")
    look_again_on: str = Field(
        description="When people have to look again.", json_schema_extra={"format": "date"}
    )
    lifted_at: str | None = _moment("When it was lifted; null: it stands.")
    lifted_by: str | None
    """Who let it go on."""
    lifted_why: str | None
    """Why it goes on."""


class HaltsOut(Out):
    """What is stopped now."""

    items: list[HaltOut]
    """The halts that stand, the newest first."""


class JudgedOut(Out):
    """The score as it is kept."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    """ReviewHub's id of the score."""
    proposal: str = Field(json_schema_extra={"format": "uuid"})
    """The proposal."""
    means: str
    """What it is compared as: a score means `correct` or `wrong`."""
    replaces: str | None
    """The judge's earlier score, which is kept; null: there was none."""
    received_at: str = _moment("When it came in.")
