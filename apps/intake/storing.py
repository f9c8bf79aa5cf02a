"""Writes placed proposals: clocks, proposal, task, audit, outbox and the answer for a repeated key.

One transaction of the caller's, one statement a table whatever their number.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from apps.audit import actions as audit
from apps.audit.insertion import insert
from apps.delivery import actions as delivery
from apps.intake.models import IdempotencyKey
from apps.intake.placing import Placed
from apps.intake.requests import Accepted, Answered, Refused
from apps.proposals.changes import summary
from apps.proposals.creation import create
from apps.proposals.drafts import Draft
from apps.proposals.models import Proposal
from apps.proposals.resource import as_resource
from apps.proposals.states import Status
from apps.registry.models import Agent
from apps.reviews.opening import Due, QueuePlace, open_tasks, places, start_clocks
from apps.routing.actions import note_sightings
from apps.routing.states import Route


def store(*, agent: Agent, placed: Mapping[int, Placed], now: datetime) -> dict[int, Answered]:
    """Store these and answer them by the same keys; one whose queue does not exist is refused."""
    queues = places(item.assessed.cell.queue for item in placed.values() if _needs_person(item))
    answers: dict[int, Answered] = {
        index: _no_queue(item.assessed.cell.queue)
        for index, item in placed.items()
        if _needs_person(item) and item.assessed.cell.queue not in queues
    }
    good = {index: item for index, item in placed.items() if index not in answers}
    if not good:
        return answers
    items = list(good.values())
    due = _start_clocks(items, queues, now)
    proposals = create(
        drafts=[_draft(item, due.get(item.proposal_id)) for item in items], agent=agent, now=now
    )
    work = [
        (proposal, item.assessed, queues[item.assessed.cell.queue])
        for proposal, item in zip(proposals, items, strict=True)
        if _needs_person(item)
    ]
    if work:
        open_tasks(work=work, due=due, agent_owner_id=agent.owner_id, now=now)
    _note_sightings(items, now)
    _tell(proposals, agent, now)
    answers |= _answers(good, proposals, agent, now)
    return answers


def _needs_person(item: Placed) -> bool:
    return item.assessed.route is Route.REVIEW


def _no_queue(slug: str) -> Refused:
    return Refused(
        503, "not-configured", _("The policy names the queue {slug}, which does not exist.").format(slug=slug)
    )


def _start_clocks(items: list[Placed], queues: Mapping[str, QueuePlace], now: datetime) -> dict[UUID, Due]:
    work = [
        (item.proposal_id, item.slice.workflow_id, item.assessed, queues[item.assessed.cell.queue])
        for item in items
        if _needs_person(item)
    ]
    return start_clocks(work=work, now=now) if work else {}


def _draft(item: Placed, due: Due | None) -> Draft:
    body = item.prepared.body
    return Draft(
        id=item.proposal_id,
        action_type=item.prepared.action.action_type,
        agent_version=item.version,
        slice=item.slice,
        policy_version_id=item.policy.version_id,
        facts=item.facts,
        assessed=item.assessed,
        trust=item.trust,
        external_id=body.external_id,
        args=body.action.args,
        args_sha256=item.prepared.args_sha256,
        content_sha256=item.prepared.content_sha256,
        summary=body.summary,
        rationale=body.rationale,
        subject_kind=body.subject.kind if body.subject else "",
        subject_id=body.subject.id if body.subject else "",
        impact=body.impact.model_dump(mode="json", exclude_none=True) if body.impact else {},
        run=body.run.model_dump(mode="json", exclude_none=True) if body.run else {},
        state=body.state,
        expires_at=body.expires_at,
        due_at=due.decide_at if due else None,
        evidence=item.prepared.evidence,
        alternatives=item.prepared.alternatives,
    )


def _note_sightings(items: list[Placed], now: datetime) -> None:
    seen: dict[int, dict[str, str]] = {}
    for item in items:
        if item.novel:
            seen.setdefault(item.slice.pk, {}).update(item.novel)
    note_sightings(seen=seen, now=now)


def _tell(proposals: list[Proposal], agent: Agent, now: datetime) -> None:
    audit.record_many(
        audit.event(
            verb="proposal.recorded" if proposal.status == Status.RECORDED else "proposal.received",
            now=now,
            by=agent,
            subject=("proposal", proposal.pk, proposal.external_id),
            workflow_id=proposal.workflow_id,
            proposal_id=proposal.pk,
            data={"stage": proposal.stage, "route": proposal.route, "args_sha256": proposal.args_sha256},
        )
        for proposal in proposals
    )
    delivery.emit_many(
        delivery.outbox_event(
            type=_event_type(proposal),
            subject_id=proposal.pk,
            now=now,
            workflow_id=proposal.workflow_id,
            agent_id=agent.pk,
            data=summary(proposal),
        )
        for proposal in proposals
    )


def _event_type(proposal: Proposal) -> str:
    return (
        "reviewhub.shadow.recorded.v1"
        if proposal.status == Status.RECORDED
        else "reviewhub.proposal.queued.v1"
    )


def _answers(
    placed: Mapping[int, Placed], proposals: list[Proposal], agent: Agent, now: datetime
) -> dict[int, Answered]:
    answers: dict[int, Answered] = {}
    rows = []
    for (index, item), proposal in zip(placed.items(), proposals, strict=True):
        status_code = 201 if proposal.status == Status.RECORDED else 202
        resource = as_resource(proposal, [reason.as_json() for reason in item.assessed.reasons])
        answers[index] = Accepted(status_code, resource)
        rows.append(
            IdempotencyKey(
                agent=agent,
                key=item.prepared.submission.key,
                body_sha256=item.prepared.submission.body_sha256,
                proposal=proposal,
                status_code=status_code,
                body=resource,
                created_at=now,
            )
        )
    insert(rows)
    return answers
