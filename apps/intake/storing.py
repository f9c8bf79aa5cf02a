"""Writes placed proposals: clocks, proposal, task, audit, outbox and the answer for a repeated key.

One transaction of the caller's, one statement a table whatever their number.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from apps.audit import actions as audit
from apps.audit.insertion import insert_at_end
from apps.delivery import actions as delivery
from apps.escalation.arming import Arming, arm
from apps.escalation.incidents import open_incident
from apps.escalation.states import Kind
from apps.intake.models import IdempotencyKey
from apps.intake.placing import Placed
from apps.intake.requests import Accepted, Answered, Refused
from apps.proposals import examining
from apps.proposals.acting import act
from apps.proposals.changes import summary, tell_windows
from apps.proposals.creation import create
from apps.proposals.drafts import Draft
from apps.proposals.models import Proposal
from apps.proposals.resource import as_resource
from apps.proposals.states import Purpose, Status
from apps.registry.models import Agent
from apps.reviews import gathering
from apps.reviews.expecting import expect_results
from apps.reviews.models import Task
from apps.reviews.opening import Due, QueuePlace, open_tasks, places, start_clocks
from apps.routing.actions import note_sightings
from apps.routing.facts import Assessed, Cell
from apps.routing.states import Route
from apps.sla.models import SlaPolicyVersion
from apps.sla.queries import current_policies
from apps.trust.granted import toss
from apps.trust.terms import rules_of

_VERBS = {Status.RECORDED: "proposal.recorded", Status.APPROVED: "proposal.acted"}


def store(*, agent: Agent, placed: Mapping[int, Placed], now: datetime) -> dict[int, Answered]:
    """Store these and answer them by the same keys; one whose queue or SLA policy does not exist is refused."""
    # What acts is timed and may be audited, so that its queue and its SLA policy have to exist as well.
    cells = {index: item.assessed.cell for index, item in placed.items() if not _is_only_recorded(item)}
    queues = places(slug for item in placed.values() for slug in _queues(item))
    policies = current_policies(cell.sla for cell in cells.values())
    answers: dict[int, Answered] = {
        index: refused
        for index, cell in cells.items()
        if (refused := _missing(cell, _queues(placed[index]), queues, policies))
    }
    good = {index: item for index, item in placed.items() if index not in answers}
    if not good:
        return answers
    items = list(good.values())
    due = _start_clocks(items, queues, policies, now)
    proposals = create(
        drafts=[_draft(item, due.get(item.proposal_id), now) for item in items], agent=agent, now=now
    )
    work = [
        (proposal, item.assessed, queues[item.assessed.cell.queue])
        for proposal, item in zip(proposals, items, strict=True)
        if _needs_person(item)
    ]
    if work:
        seconds = {
            item.proposal_id: queues[item.assessed.compliance].queue
            for item in items
            if item.assessed.compliance
        }
        tasks = open_tasks(
            work=work,
            due=due,
            agent_owner_id=agent.owner_id,
            now=now,
            seconds=seconds,
            together=_together(items, now),
        )
        arm(work=_arming(tasks, work, due), now=now)
    _let_act(items, proposals, now)
    _note_sightings(items, now)
    _tell_of_failed_rules(items, now)
    tell_windows(proposals)
    _tell(proposals, agent, now)
    answers |= _answers(good, proposals, agent, now)
    return answers


def _together(items: list[Placed], now: datetime) -> dict[UUID, UUID]:
    """Keys of tasks about subjects of which other proposals are open, these and earlier ones."""
    about = {item.proposal_id: item.subject for item in items if _needs_person(item) and item.subject[2]}
    conflicting = {item.subject for item in items if item.facts.open_on_subject}
    wanted = [subject for subject in about.values() if subject in conflicting]
    keys = gathering.keys_for(wanted, now=now)
    return {proposal_id: keys[subject] for proposal_id, subject in about.items() if subject in keys}


def _arming(
    tasks: list[Task], work: list[tuple[Proposal, Assessed, QueuePlace]], due: Mapping[UUID, Due]
) -> list[Arming]:
    return [
        Arming(task, assessed.cell.chain, assessed.cell.fallback, due[proposal.pk].decide)
        for task, (proposal, assessed, _place) in zip(tasks, work, strict=True)
    ]


def _let_act(items: list[Placed], proposals: list[Proposal], now: datetime) -> None:
    """The answer, the grant and the audit of what acts at once; and blind looks at what is only recorded."""
    acting = []
    for item, proposal in zip(items, proposals, strict=True):
        if proposal.status == Status.APPROVED:
            act(proposal=proposal, now=now)
            acting.append(proposal)
            if item.assessed.audits_after:
                examining.order(original=proposal, purpose=Purpose.AUDIT, excluded=[], now=now)
        elif (
            _is_only_recorded(item)
            and toss(item.slice.pk, item.proposal_id) < rules_of(item.slice).blind_share
        ):
            examining.order(original=proposal, purpose=Purpose.BLIND, excluded=[], now=now)
    if acting:
        expect_results(acting, now=now)


def _is_only_recorded(item: Placed) -> bool:
    return item.assessed.route is Route.RECORD


def _needs_person(item: Placed) -> bool:
    return item.assessed.route is Route.REVIEW


def _queues(item: Placed) -> list[str]:
    """The slugs of the queues its task may come to."""
    return [item.assessed.cell.queue, *filter(None, [item.assessed.compliance])]


def _missing(
    cell: Cell,
    wanted: Iterable[str],
    queues: Mapping[str, QueuePlace],
    policies: Mapping[str, SlaPolicyVersion],
) -> Refused | None:
    """Why nobody could look at a proposal of this cell, and by no due time; None when all is there."""
    unknown = [slug for slug in wanted if slug not in queues]
    if unknown:
        said = _("The policy names the queue {slug}, which does not exist.").format(slug=unknown[0])
    elif cell.sla not in policies:
        said = _("The policy names the SLA policy {slug}, which does not exist.").format(slug=cell.sla)
    else:
        return None
    return Refused(503, "not-configured", said)


def _start_clocks(
    items: list[Placed],
    queues: Mapping[str, QueuePlace],
    policies: Mapping[str, SlaPolicyVersion],
    now: datetime,
) -> dict[UUID, Due]:
    work = [
        (item.proposal_id, item.slice.workflow_id, item.assessed, queues[item.assessed.cell.queue])
        for item in items
        if _needs_person(item)
    ]
    return start_clocks(work=work, policies=policies, now=now) if work else {}


def _draft(item: Placed, due: Due | None, now: datetime) -> Draft:
    body = item.prepared.body
    window = timedelta(minutes=item.assessed.veto_minutes)
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
        summary=item.prepared.outward.summary,
        hidden=item.prepared.outward.hidden,
        rationale=body.rationale,
        subject_kind=body.subject.kind if body.subject else "",
        subject_id=item.prepared.outward.subject_id,
        impact=item.prepared.outward.impact,
        run=body.run.model_dump(mode="json", exclude_none=True) if body.run else {},
        state=body.state,
        expires_at=body.expires_at,
        due_at=due.decide_at if due else None,
        veto_until=now + window if window else None,
        supersedes_id=item.supersedes_id,
        blind_share=(rules_of(item.slice).blind_share or None) if _is_only_recorded(item) else None,
        evidence=item.prepared.evidence,
        alternatives=item.prepared.alternatives,
    )


def _note_sightings(items: list[Placed], now: datetime) -> None:
    seen: dict[int, dict[str, str]] = {}
    for item in items:
        if item.novel:
            seen.setdefault(item.slice.pk, {}).update(item.novel)
    note_sightings(seen=seen, now=now)


def _tell_of_failed_rules(items: list[Placed], now: datetime) -> None:
    """Once for each rule of a version, until somebody has mended it: what it was asked about went to a person."""
    failed = {
        (item.policy.version_id, said.rule.slug): (item, said)
        for item in items
        for said in item.judged.failed
    }
    for (version_id, slug), (item, said) in failed.items():
        text = _("The rule “{rule}” of {policy} could not be answered: {failure}").format(
            rule=said.rule.title, policy=item.policy.name, failure=said.answer.failure
        )
        open_incident(
            kind=Kind.RULE_FAILED,
            key=f"{version_id}:{slug}",
            text=text,
            now=now,
            workflow_id=item.slice.workflow_id,
        )


def _tell(proposals: list[Proposal], agent: Agent, now: datetime) -> None:
    audit.record_many(
        audit.event(
            verb=_VERBS.get(Status(proposal.status), "proposal.received"),
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
    if proposal.status == Status.RECORDED:
        return "reviewhub.shadow.recorded.v1"
    if proposal.status == Status.APPROVED:
        return "reviewhub.proposal.decided.v1"
    return "reviewhub.proposal.queued.v1"


def _answers(
    placed: Mapping[int, Placed], proposals: list[Proposal], agent: Agent, now: datetime
) -> dict[int, Answered]:
    answers: dict[int, Answered] = {}
    rows = []
    for (index, item), proposal in zip(placed.items(), proposals, strict=True):
        status_code = 202 if proposal.status == Status.PENDING else 201
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
    insert_at_end(rows)
    return answers
