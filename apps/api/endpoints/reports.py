"""What agents tell about their proposals afterwards: withdrawn, result, later outcome, what people did."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from apps.api import described, reading
from apps.api.answers import ProposalOut
from apps.api.bodies import HumanActionIn, OutcomeIn, ResultIn, WithdrawIn
from apps.api.keys import BearerKey, caller
from apps.intake.endings import withdraw
from apps.proposals.actions import report_human_action, report_outcome, report_result
from apps.proposals.models import Proposal
from apps.registry.models import Agent
from apps.registry.states import Scope

router = Router(tags=["After"])

_RESPONSE = described.can_answer({200: ProposalOut}, "not-found", "wrong-status", *described.WITH_BODY)
_STILL_OPEN = described.can_answer({200: ProposalOut}, "not-found", *described.WITH_BODY)
_EXTRA = {"responses": {200: {"headers": described.ETAG | described.RETRY}}}


@router.post(
    "/proposals/{uuid:proposal_id}/withdraw",
    auth=BearerKey(Scope.PROPOSE),
    summary="Withdraw a proposal",
    operation_id="withdraw_proposal",
    response=_RESPONSE,
    openapi_extra=_EXTRA,
)
def withdraw_proposal(request: HttpRequest, proposal_id: UUID, body: WithdrawIn) -> HttpResponse:
    """Take a pending proposal back. Its status becomes `cancelled`."""
    agent = _owner(request, proposal_id)
    withdraw(proposal_id=proposal_id, by=agent, reason=body.reason, now=timezone.now())
    return _as_it_is_now(proposal_id)


@router.post(
    "/proposals/{uuid:proposal_id}/result",
    auth=BearerKey(Scope.REPORT),
    summary="Report the result",
    operation_id="report_result",
    response=_RESPONSE,
    openapi_extra=_EXTRA,
)
def result(request: HttpRequest, proposal_id: UUID, body: ResultIn) -> HttpResponse:
    """What became of an approved action; once. `executed` needs a redeemed grant."""
    agent = _owner(request, proposal_id)
    report_result(
        proposal_id=proposal_id,
        disposition=body.disposition,
        occurred_at=body.occurred_at,
        detail=body.detail,
        cost=body.cost,
        duration_ms=body.duration_ms,
        by=agent,
        now=timezone.now(),
    )
    return _as_it_is_now(proposal_id)


@router.post(
    "/proposals/{uuid:proposal_id}/outcome",
    auth=BearerKey(Scope.REPORT),
    summary="Report a later outcome",
    operation_id="report_outcome",
    response=_STILL_OPEN,
    openapi_extra=_EXTRA,
)
def outcome(request: HttpRequest, proposal_id: UUID, body: OutcomeIn) -> HttpResponse:
    """What became true later, as often as there is something to tell."""
    agent = _owner(request, proposal_id)
    report_outcome(
        proposal_id=proposal_id,
        verdict=body.verdict,
        severity=body.severity,
        source=body.source,
        occurred_at=body.occurred_at,
        detail=body.detail,
        by=agent,
        now=timezone.now(),
    )
    return _as_it_is_now(proposal_id)


@router.post(
    "/proposals/{uuid:proposal_id}/human-action",
    auth=BearerKey(Scope.REPORT),
    summary="Report what people did",
    operation_id="report_human_action",
    response=_STILL_OPEN,
    openapi_extra=_EXTRA,
)
def human_action(request: HttpRequest, proposal_id: UUID, body: HumanActionIn) -> HttpResponse:
    """What people really did in the process, to compare a shadow proposal with."""
    agent = _owner(request, proposal_id)
    report_human_action(
        proposal_id=proposal_id,
        action_name=body.action.name if body.action else "",
        args=body.action.args if body.action else None,
        actor=body.actor,
        occurred_at=body.occurred_at,
        by=agent,
        now=timezone.now(),
    )
    return _as_it_is_now(proposal_id)


def _owner(request: HttpRequest, proposal_id: UUID) -> Agent:
    """The calling agent, which has this proposal. Raises Problem. A proposal never changes hands."""
    agent = caller(request)
    if not Proposal.objects.filter(pk=proposal_id, agent=agent).exists():
        raise reading.not_found()
    return agent


def _as_it_is_now(proposal_id: UUID) -> HttpResponse:
    return reading.answer(reading.snapshots([proposal_id])[proposal_id])
