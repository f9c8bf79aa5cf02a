"""A proposal as its agent reads it: the authoritative answer of the API."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Case, Exists, FilteredRelation, OuterRef, Q, QuerySet, Value, When

from apps.halts.models import Halt
from apps.proposals.models import Grant, Proposal, Question, Resolution
from apps.proposals.states import Status, Substatus
from apps.routing.facts import Reason
from apps.routing.reasons import sentence
from apps.routing.states import Layer, Route
from apps.trust.granted import acting_standings

# Everything `as_resource` reads, in one query.
_PARTS = ("workflow", "action_type", "assessment", "resolution", "grant")


def readable() -> QuerySet[Proposal]:
    """Proposals with all that `as_resource` needs, one query whatever their number."""
    open_question = FilteredRelation("questions", condition=Q(questions__ended_at__isnull=True))
    annotated: QuerySet[Proposal] = Proposal.objects.filter(is_copy=False).annotate(
        open_question=open_question
    )
    # Asked of what is in its veto window only.
    acting = acting_standings().filter(
        slice_id=OuterRef("slice_id"), agent_version_id=OuterRef("agent_version_id")
    )
    is_stopped = ~Exists(acting) | Exists(Halt.objects.over_rows())
    held = Q(substatus=Substatus.VETO_WINDOW) & is_stopped
    annotated = annotated.annotate(is_held=Case(When(held, then=Value(True)), default=Value(False)))
    return annotated.select_related(*_PARTS, "open_question")  # type: ignore[misc]  # stubs miss filtered relations


def as_resource(proposal: Proposal, reasons: Iterable[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The resource; `reasons` may be handed over for a proposal that was stored a moment ago."""
    fresh = reasons is not None
    told = [*(proposal.assessment.reasons if reasons is None else reasons), *_since_then(proposal)]
    return {
        "id": str(proposal.pk),
        "external_id": proposal.external_id,
        "workflow": proposal.workflow.slug,
        "status": proposal.status,
        "substatus": proposal.substatus,
        "stage": proposal.stage,
        "route": proposal.route,
        "reasons": [{"layer": r["layer"], "code": r["code"], "text": sentence(r)} for r in told],
        "action": {"name": proposal.action_type.name, "args": proposal.args},
        "args_sha256": proposal.args_sha256,
        "info_request": _info_request(getattr(proposal, "open_question", None)),
        "decision": _decision(_part(proposal, "resolution", fresh)),
        "grant": _grant(_part(proposal, "grant", fresh)),
        "due_at": moment(proposal.due_at),
        "expires_at": moment(proposal.expires_at),
        "created_at": moment(proposal.created_at),
        "erased_at": moment(proposal.erased_at),
        "state": proposal.state,
        "links": {"self": f"/api/v1/proposals/{proposal.pk}", "page": f"/proposals/{proposal.pk}/"},
    }


def _since_then(proposal: Proposal) -> list[dict[str, Any]]:
    """What the assessment of its arrival could not know: that what was about to act does not."""
    if proposal.route != Route.ACT or proposal.status != Status.PENDING:
        return []
    if proposal.substatus != Substatus.VETO_WINDOW:
        return [Reason(Layer.MODEL, "came_to_person").as_json()]
    is_held = getattr(proposal, "is_held", False)
    return [Reason(Layer.MODEL, "goes_to_person").as_json()] if is_held else []


def _part(proposal: Proposal, name: str, fresh: bool) -> Any:
    """An answer of a proposal stored a moment ago is at hand or does not exist: it is not asked for."""
    if fresh and not Proposal._meta.get_field(name).is_cached(proposal):  # type: ignore[union-attr]
        return None
    return getattr(proposal, name, None)


def etag(proposal: Proposal) -> str:
    """Changes whenever an agent can see a change; using a grant or taking it back is no new version, but visible."""
    grant = getattr(proposal, "grant", None)
    used = "-used" if grant and grant.redeemed_at else ""
    revoked = "-revoked" if grant and grant.revoked_at else ""
    held = "-held" if getattr(proposal, "is_held", False) else ""
    return f'"{proposal.pk.hex}-{proposal.version}{used}{revoked}{held}"'


def _info_request(question: Question | None) -> dict[str, Any] | None:
    if question is None:
        return None
    return {
        "id": str(question.pk),
        "question": question.text,
        "asked_at": moment(question.asked_at),
        "answer_by": moment(question.answer_by),
    }


def _decision(answer: Resolution | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    action = {"name": answer.action_name, "args": answer.args} if answer.action_name else None
    return {
        "verb": answer.verb,
        "action": action,
        "args_sha256": answer.args_sha256 or None,
        "diff": answer.diff,
        "alternative_rank": answer.alternative_rank,
        "reason_code": answer.reason_code or None,
        "message": answer.message,
        "retry": answer.retry or None,
        "decided_by_type": answer.decided_by_type,
        "decided_at": moment(answer.decided_at),
    }


def _grant(grant: Grant | None) -> dict[str, Any] | None:
    if grant is None or grant.revoked_at is not None:
        return None
    return {
        "jti": str(grant.pk),
        "token": grant.token,
        "expires_at": moment(grant.expires_at),
        "redeemed_at": moment(grant.redeemed_at),
    }


def moment(value: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if value is None else value.isoformat().replace("+00:00", "Z")
