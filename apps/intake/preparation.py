"""Is this proposal one the agent may make, and well formed? Everything that can be said before the database is asked.

Reads the agent's catalogue, which is in memory; stores nothing.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.audit.canonical import canonical
from apps.intake.contract import ActionIn, AlternativeIn, EvidenceIn, ProposalIn
from apps.intake.requests import Refused, Submission
from apps.proposals.digests import action_sha256, sha256
from apps.proposals.drafts import AlternativeDraft, EvidenceDraft
from apps.proposals.masking import Outward, outward
from apps.registry.amounts import at_stake
from apps.registry.catalogue import AgentCatalogue, CataloguedAction, CataloguedWorkflow
from apps.registry.conditions.names import declared_values
from apps.registry.marks import with_sensitive
from apps.registry.scopes import outside, place_of
from apps.routing.facts import EvidenceFact


@dataclass(frozen=True, slots=True)
class Prepared:
    """A proposal whose action, arguments and alternatives are known to be allowed."""

    submission: Submission
    action: CataloguedAction
    args_sha256: str
    content_sha256: str
    evidence: tuple[EvidenceDraft, ...]
    evidence_facts: tuple[EvidenceFact, ...]
    alternatives: tuple[AlternativeDraft, ...]
    categories: tuple[tuple[str, object], ...]
    amount: Decimal | None
    currency: str
    outward: Outward

    @property
    def body(self) -> ProposalIn:
        return self.submission.body


class Refusal(Exception):
    """Carries the refusal out of the preparation."""

    def __init__(
        self, status_code: int, problem: str, detail: str, errors: list[dict[str, Any]] | None = None
    ) -> None:
        self.refused = Refused(status_code, problem, detail, tuple(errors or ()))
        super().__init__(detail)


def prepare(submission: Submission, catalogue: AgentCatalogue, now: datetime) -> Prepared:
    """The prepared proposal. Raises Refusal."""
    body = submission.body
    workflow = catalogue.workflows.get(body.workflow)
    if workflow is None:
        raise Refusal(
            403,
            "workflow-not-granted",
            _("This agent has no workflow named {name}.").format(name=body.workflow),
        )
    if body.expires_at is not None and body.expires_at <= now:
        raise _invalid(["expires_at"], _("This moment has passed."))
    action = _allowed(workflow, body.action, ["action"])
    evidence = evidence_drafts(body.evidence)
    amount, currency = _amount(body, action, body.action)
    _check_within(workflow, body, body.action, (amount, currency), ["action"])
    return Prepared(
        submission=submission,
        action=action,
        args_sha256=action_sha256(body.action.name, body.action.args),
        content_sha256=_content_sha256(body, evidence),
        evidence=evidence,
        evidence_facts=tuple(EvidenceFact(item.retrieved_at, item.provenance) for item in evidence),
        alternatives=tuple(
            _alternative(workflow, body, item, position) for position, item in enumerate(body.alternatives)
        ),
        categories=tuple(action.args_schema.categories(body.action.args)),
        amount=amount,
        currency=currency,
        outward=_outward(body, action),
    )


def masking(item: Prepared, names: Collection[str]) -> Prepared:
    """The same with these arguments hidden too, in everything that stands in lists and messages."""
    return replace(item, outward=_outward(item.body, item.action, names))


def evidence_drafts(items: Iterable[EvidenceIn]) -> tuple[EvidenceDraft, ...]:
    """The items as they are stored. Their provenance is what the agent may claim: never verified."""
    return tuple(
        EvidenceDraft(
            kind=item.kind.value,
            provenance=item.provenance.value,
            key=item.id,
            claim=item.claim,
            title=item.title,
            source=item.source,
            uri=item.uri,
            content=item.content,
            digest=item.digest,
            retrieved_at=item.retrieved_at,
            is_untrusted=item.untrusted,
        )
        for item in items
    )


def _allowed(workflow: CataloguedWorkflow, action: ActionIn, where: list[str | int]) -> CataloguedAction:
    found = workflow.action_types.get(action.name)
    if found is None or not workflow.grant.covers(action.name):
        raise Refusal(
            403,
            "action-not-granted",
            _("This agent may not propose {action} in {workflow}.").format(
                action=action.name, workflow=workflow.workflow.slug
            ),
            [{"loc": [*where, "name"], "msg": _("not granted")}],
        )
    problems = found.args_schema.problems(action.args)
    if problems:
        raise Refusal(
            422,
            "invalid-arguments",
            _("The arguments do not fit the schema of {action}.").format(action=action.name),
            [{"loc": [*where, "args", *path], "msg": message} for path, message in problems],
        )
    return found


def _check_within(
    workflow: CataloguedWorkflow,
    body: ProposalIn,
    action: ActionIn,
    amount: tuple[Decimal | None, str],
    where: list[str | int],
) -> None:
    """What fits none of the agent's scopes is refused, with the limits it has to keep to."""
    scopes = workflow.grant.scope_list
    if place_of(scopes, action.name, lambda: declared_in(body, action, *amount)) is None:
        said = outside(scopes, action.name)
        raise Refusal(403, "outside-scope", said, [{"loc": where, "msg": _("outside the agent's limits")}])


def declared_in(body: ProposalIn, action: ActionIn, amount: Decimal | None, currency: str) -> dict[str, Any]:
    """The values of what a body declares, by the names of `registry.conditions`, for its action or an alternative."""
    return declared_values(
        action=action.name,
        args=action.args,
        amount=amount,
        currency=currency,
        subject_kind=body.subject.kind if body.subject else "",
        subject_id=body.subject.id if body.subject else "",
        affected=(body.impact.affected or 0) if body.impact else 0,
        systems=body.impact.systems if body.impact else (),
    )


def _alternative(
    workflow: CataloguedWorkflow, body: ProposalIn, item: AlternativeIn, position: int
) -> AlternativeDraft:
    if item.action is not None:
        where: list[str | int] = ["alternatives", position, "action"]
        found = _allowed(workflow, item.action, where)
        _check_within(workflow, body, item.action, _amount(body, found, item.action), where)
    return AlternativeDraft(
        rank=item.rank,
        action_name=item.action.name if item.action else "",
        args=item.action.args if item.action else None,
        args_sha256=action_sha256(item.action.name, item.action.args) if item.action else "",
        summary=item.summary,
        probability=item.probability,
        risks=[risk.model_dump(mode="json") for risk in item.risks],
    )


def _amount(body: ProposalIn, action: CataloguedAction, sent: ActionIn) -> tuple[Decimal | None, str]:
    """What is at stake in it. What is stated is the impact of the proposed action: of an alternative of another type it
    says nothing.
    """
    impact = body.impact if sent.name == body.action.name else None
    return at_stake(
        [amount for _path, amount in action.args_schema.amounts(sent.args)],
        own_currency=action.action_type.amount_currency,
        stated=impact.amount if impact else None,
        stated_currency=(impact.currency if impact else None) or "",
    )


def _outward(body: ProposalIn, action: CataloguedAction, masked: Collection[str] = ()) -> Outward:
    """What of it may stand in lists and messages."""
    return outward(
        with_sensitive(action.action_type.args_schema, masked),
        body.action.args,
        summary=body.summary,
        subject_id=body.subject.id if body.subject else "",
        impact=body.impact.model_dump(mode="json", exclude_none=True) if body.impact else {},
    )


def _content_sha256(body: ProposalIn, evidence: tuple[EvidenceDraft, ...]) -> str:
    """What makes two proposals the same piece of evidence: the action, its subject, the words and what they rest on."""
    subject = [body.subject.kind, body.subject.id] if body.subject else []
    digest = hashlib.sha256()
    for text in (body.workflow, *subject, body.summary, body.rationale, *(item.content for item in evidence)):
        digest.update(len(text.encode()).to_bytes(4, "big"))
        digest.update(text.encode())
    return sha256(digest.digest() + canonical({"name": body.action.name, "args": body.action.args}))


def _invalid(loc: list[str | int], message: str) -> Refusal:
    return Refusal(422, "invalid-request", message, [{"loc": loc, "msg": message}])
