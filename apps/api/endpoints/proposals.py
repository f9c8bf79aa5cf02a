"""Proposals: send one or a thousand, read one, list them."""

from datetime import timedelta
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from asgiref.sync import async_to_sync, sync_to_async
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Header, Query, Router

from apps.api import described, reading, submissions
from apps.api.answers import BatchOut, ProposalOut, ProposalsOut
from apps.api.bodies import KEY_PATTERN, MOST_WAIT, BatchIn
from apps.api.keys import BearerKey, caller, live_key
from apps.api.problems import Problem
from apps.api.reading import RETRY_SECONDS, Snapshot, as_json
from apps.api.waiting import when_changed
from apps.audit.ids import uuid7_at
from apps.intake.actions import submit
from apps.intake.contract import Moment, ProposalIn
from apps.intake.requests import Accepted, Answered
from apps.proposals.resource import as_resource, readable
from apps.proposals.states import Status
from apps.registry.states import Scope

router = Router(tags=["Proposals"])

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=KEY_PATTERN,
        description="Your name for this request. The same key with the same body has the effect of one.",
    ),
]
# An id is drawn a moment after the time that is kept with it.
_ID_SLACK = timedelta(hours=1)


@router.post(
    "/proposals",
    auth=BearerKey(Scope.PROPOSE),
    summary="Propose an action",
    operation_id="propose",
    response=described.can_answer(
        {202: ProposalOut, 201: ProposalOut}, *described.WITH_BODY, *described.OUT_OF_SCOPE
    ),
    openapi_extra={
        "responses": {
            202: {"headers": described.CREATED | described.RETRY},
            201: {"headers": described.CREATED},
        }
    },
)
def propose(request: HttpRequest, body: ProposalIn, idempotency_key: IdempotencyKey) -> HttpResponse:
    """Answers 202 when a person will decide, 201 when it is recorded only (shadow). Do not act on either."""
    submission = submissions.submission(idempotency_key, body)
    (answered,) = submit(agent=caller(request), submissions=[submission], now=timezone.now())
    if not isinstance(answered, Accepted):
        raise submissions.problem_of(answered)
    return as_json(answered.resource, status=answered.status_code, headers=_created_headers(answered))


@router.post(
    "/proposals/batch",
    auth=BearerKey(Scope.PROPOSE),
    summary="Propose up to 1,000 actions",
    operation_id="propose_batch",
    response=described.can_answer({200: BatchOut}, *described.WITH_BODY),
)
def propose_batch(request: HttpRequest, body: BatchIn) -> HttpResponse:
    """Each item is judged by itself and answered in its place; a bad one does not spoil the others."""
    answers: dict[int, Answered | Problem] = {}
    sound = {}
    for index, item in enumerate(body.items):
        try:
            sound[index] = submissions.batch_submission(item)
        except Problem as problem:
            answers[index] = problem
    taken = submit(agent=caller(request), submissions=list(sound.values()), now=timezone.now())
    answers |= dict(zip(sound, taken, strict=True))
    return as_json({"items": [submissions.item_of(answers[index]) for index in range(len(body.items))]})


@router.get(
    "/proposals/{uuid:proposal_id}",
    auth=BearerKey(Scope.READ),
    summary="Read a proposal, or wait until it changes",
    operation_id="read_proposal",
    response=described.can_answer({200: ProposalOut, 304: None}, "not-found", "invalid-request"),
    openapi_extra={
        "responses": {
            200: {"headers": described.ETAG | described.RETRY},
            304: {"headers": described.ETAG | described.RETRY},
        }
    },
)
def read_proposal(
    request: HttpRequest,
    proposal_id: UUID,
    wait: Annotated[int, Query(ge=0, le=MOST_WAIT, description="Seconds to wait for a change.")] = 0,
    if_none_match: Annotated[str, Header(alias="If-None-Match", description="The ETag you hold.")] = "",
) -> HttpResponse:
    """The authoritative answer. With `wait` it comes when the proposal has changed, or when time is up."""
    agent = caller(request)
    known = reading.known_etags(if_none_match)
    if wait:
        snapshot = async_to_sync(when_changed)(
            proposal_id=proposal_id,
            agent_id=agent.pk,
            known=known,
            seconds=wait,
            read=sync_to_async(_snapshot),
            check_key=sync_to_async(partial(live_key, request.headers["Authorization"], Scope.READ)),
        )
    else:
        snapshot = reading.own(_snapshot(proposal_id), agent.pk)
    return reading.answer(snapshot, known)


@router.get(
    "/proposals",
    auth=BearerKey(Scope.READ),
    summary="List proposals",
    operation_id="list_proposals",
    response=described.can_answer({200: ProposalsOut}, "invalid-request"),
)
def list_proposals(
    request: HttpRequest,
    status: Annotated[Status | None, Query(description="Only those with this status.")] = None,
    since: Annotated[
        Moment | None, Query(description="Only those that arrived at this moment or later.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 50,
    cursor: Annotated[UUID | None, Query(description="`next_cursor` of the page before.")] = None,
) -> HttpResponse:
    """The agent's own, newest first."""
    found = readable().filter(agent=caller(request))
    if status is not None:
        found = found.filter(status=status)
    if since is not None:
        found = found.filter(created_at__gte=since, id__gte=uuid7_at(since - _ID_SLACK))
    if cursor is not None:
        found = found.filter(id__lt=cursor)
    rows = list(found.order_by("-id")[: limit + 1])
    page = rows[:limit]
    next_cursor = str(page[-1].pk) if len(rows) > limit else None
    return as_json({"items": [as_resource(row) for row in page], "next_cursor": next_cursor})


def _snapshot(proposal_id: UUID) -> Snapshot | None:
    return reading.snapshots([proposal_id]).get(proposal_id)


def _created_headers(answered: Accepted) -> dict[str, str]:
    resource: dict[str, Any] = answered.resource
    headers = {"Location": resource["links"]["self"]}
    if answered.status_code == 202:
        headers["Retry-After"] = str(RETRY_SECONDS)
    if answered.is_replay:
        headers["Idempotent-Replayed"] = "true"
    return headers
