"""What agents tell about their proposals afterwards: an answer, withdrawn, result, later outcome, what people did."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from apps.api import described, reading
from apps.api.answers import ProposalOut
from apps.api.bodies import HumanActionIn, InfoIn, OutcomeIn, ResultIn, WithdrawIn
from apps.api.keys import BearerKey, caller
from apps.intake.endings import withdraw
from apps.intake.preparation import evidence_drafts
from apps.proposals.actions import report_human_action, report_outcome, report_result
from apps.proposals.models import Proposal
from apps.proposals.questions import Said
from apps.registry.models import Agent
from apps.registry.states import Scope
from apps.reviews import asking

router = Router(tags=["After"])

_EXTRA = {"responses": {200: {"headers": described.ETAG | described.RETRY}}}
Endpoint = Callable[..., HttpResponse]


def _report(
    path: str, scope: Scope, *, summary: str, operation_id: str, at_any_time: bool = False
) -> Callable[[Endpoint], Endpoint]:
    """Below one proposal, answered with the proposal; `at_any_time`: no status of it is a wrong one."""
    kinds = ("not-found",) if at_any_time else ("not-found", "wrong-status")
    return router.post(
        f"/proposals/{{uuid:proposal_id}}/{path}",
        auth=BearerKey(scope),
        summary=summary,
        operation_id=operation_id,
        response=described.can_answer({200: ProposalOut}, *kinds, *described.WITH_BODY),
        openapi_extra=_EXTRA,
    )


@_report("withdraw", Scope.PROPOSE, summary="Withdraw a proposal", operation_id="withdraw_proposal")
def withdraw_proposal(request: HttpRequest, proposal_id: UUID, body: WithdrawIn) -> HttpResponse:
    """Take a pending proposal back. Its status becomes `cancelled`."""
    agent = _owner(request, proposal_id)
    withdraw(proposal_id=proposal_id, by=agent, reason=body.reason, now=timezone.now())
    return _as_it_is_now(proposal_id)


@_report("info", Scope.PROPOSE, summary="Answer a reviewer's question", operation_id="answer_question")
def info(request: HttpRequest, proposal_id: UUID, body: InfoIn) -> HttpResponse:
    """While `info_request` is there a person waits for this. The same answer sent again changes nothing."""
    agent = _owner(request, proposal_id)
    said = Said(body.answer, evidence_drafts(body.evidence), body.question_id)
    asking.answer(proposal_id=proposal_id, said=said, by=agent, now=timezone.now())
    return _as_it_is_now(proposal_id)


@_report("result", Scope.REPORT, summary="Report the result", operation_id="report_result")
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


@_report(
    "outcome", Scope.REPORT, summary="Report a later outcome", operation_id="report_outcome", at_any_time=True
)
def outcome(request: HttpRequest, proposal_id: UUID, body: OutcomeIn) -> HttpResponse:
    """What became true later, as often as there is something new to tell."""
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


@_report("human-action", Scope.REPORT, summary="Report what people did", operation_id="report_human_action")
def human_action(request: HttpRequest, proposal_id: UUID, body: HumanActionIn) -> HttpResponse:
    """What people really did in the process, to compare a shadow proposal with; once. The same sent again changes
    nothing, something else is refused.
    """
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
    if not Proposal.objects.filter(pk=proposal_id, agent=agent, is_copy=False).exists():
        raise reading.not_found()
    return agent


def _as_it_is_now(proposal_id: UUID) -> HttpResponse:
    return reading.answer(reading.snapshots([proposal_id])[proposal_id])
