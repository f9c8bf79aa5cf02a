"""The kill switch for monitors: see what is stopped, stop work, and let go on what the same key's agent stopped."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from apps.accounts.policies import NotAllowed
from apps.api import described
from apps.api.answers import HaltOut, HaltsOut
from apps.api.bodies import HaltIn, LiftIn
from apps.api.endpoints.proposals import IdempotencyKey
from apps.api.keys import BearerKey, key_of
from apps.api.problems import Problem
from apps.api.reading import as_json
from apps.api.submissions import digest
from apps.halts import halting
from apps.halts.models import Halt
from apps.halts.states import HaltScope
from apps.halts.targets import NoTarget, Target, slice_named
from apps.proposals.resource import moment
from apps.registry.models import Agent, Workflow
from apps.registry.states import Scope
from apps.trust.segments import REST

router = Router(tags=["Halts"])


@router.post(
    "/halts",
    auth=BearerKey(Scope.HALT),
    summary="Stop work of agents",
    operation_id="halt",
    response=described.can_answer(
        {201: HaltOut, 200: HaltOut}, "not-found", "idempotency-conflict", *described.WITH_BODY
    ),
    openapi_extra={"responses": {200: {"headers": described.REPLAYED}}},
)
def halt(request: HttpRequest, body: HaltIn, idempotency_key: IdempotencyKey) -> HttpResponse:
    """Effective on the next request everywhere: nothing new is taken in, granted or redeemed there. Answers 201 with
    the new halt, 200 with the one that stands already, whoever began it. People are told at once.
    """
    said = digest(body)
    try:
        made = halting.halt(
            target=_target(body),
            reason=body.reason,
            look_again_on=body.look_again_on,
            by=key_of(request),
            now=timezone.now(),
            key=idempotency_key,
            body_sha256=said,
        )
    except halting.HaltedAlready as error:
        return as_json(_resource(error.halt))
    except halting.KeyUsed as error:
        if error.request.body_sha256 != said:
            raise Problem(
                "idempotency-conflict", _("This Idempotency-Key was used before with another body.")
            ) from error
        return as_json(_resource(error.request.halt), headers={"Idempotent-Replayed": "true"})
    return as_json(_resource(made), status=201)


@router.get(
    "/halts",
    auth=BearerKey(Scope.HALT),
    summary="What is stopped",
    operation_id="list_halts",
    response=described.can_answer({200: HaltsOut}),
)
def list_halts(request: HttpRequest) -> HttpResponse:
    """Every halt that stands, whoever began it: at most one of everything and of each workflow, agent and slice."""
    rows = Halt.objects.standing().with_targets().order_by("-at", "-pk")
    return as_json({"items": [_resource(row) for row in rows]})


@router.post(
    "/halts/{uuid:halt_id}/lift",
    auth=BearerKey(Scope.HALT),
    summary="Let go on what was stopped",
    operation_id="lift_halt",
    response=described.can_answer({200: HaltOut}, "not-found", "not-liftable", *described.WITH_BODY),
)
def lift_halt(request: HttpRequest, halt_id: UUID, body: LiftIn) -> HttpResponse:
    """Only what this key's agent stopped, and no person has looked at since. Lifting again changes nothing."""
    key = key_of(request)
    try:
        lifted = halting.lift(halt_id=halt_id, reason=body.reason, by=key, now=timezone.now())
    except Halt.DoesNotExist as error:
        raise Problem("not-found", _("There is no halt with this id.")) from error
    except NotAllowed as error:
        found = Halt.objects.with_targets().get(pk=halt_id)
        if found.is_standing or found.by_agent_id != key.agent_id:
            raise Problem("not-liftable", str(error)) from error
        lifted = found
    return as_json(_resource(lifted))


def _target(body: HaltIn) -> Target:
    """What the body names. Raises Problem."""
    try:
        match body.scope:
            case HaltScope.WORKFLOW:
                return Target(workflow=Workflow.objects.get(slug=body.workflow))
            case HaltScope.AGENT:
                return Target(agent=Agent.objects.get(slug=body.agent))
            case HaltScope.SLICE:
                return slice_named(
                    workflow=str(body.workflow),
                    action=str(body.action),
                    segment=body.segment or REST,
                    agent=str(body.agent),
                )
            case _everything:
                return Target()
    except (Workflow.DoesNotExist, Agent.DoesNotExist, NoTarget) as error:
        raise Problem(
            "not-found", _("There is no such {scope} to stop.").format(scope=body.scope.value)
        ) from error


def _resource(row: Halt) -> dict[str, Any]:
    of = row.slice
    workflow, agent = of.workflow if of else row.workflow, of.agent if of else row.agent
    return {
        "id": str(row.pk),
        "scope": row.scope,
        "workflow": workflow.slug if workflow else None,
        "agent": agent.slug if agent else None,
        "action": of.action_type.name if of else None,
        "segment": of.segment if of else None,
        "reason": row.reason,
        "by": row.by_name,
        "at": moment(row.at),
        "look_again_on": row.look_again_on.isoformat(),
        "lifted_at": moment(row.lifted_at) if row.lifted_at else None,
        "lifted_by": row.lifted_by_name or None,
        "lifted_why": row.lifted_why or None,
    }
