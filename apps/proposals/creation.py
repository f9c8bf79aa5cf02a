"""Stores proposals with their evidence, alternatives and assessments, many at a time."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from apps.audit.insertion import insert_at_end
from apps.proposals.drafts import Draft, EvidenceDraft
from apps.proposals.models import Alternative, Assessment, Evidence, Proposal, Question
from apps.proposals.states import Status, Substatus
from apps.registry.models import Agent
from apps.routing.states import Route


def create(*, drafts: Sequence[Draft], agent: Agent, now: datetime) -> list[Proposal]:
    """Insert these proposals at the end of the caller's `together`, in order. Four statements whatever their number."""
    proposals = [_proposal(draft, agent, now) for draft in drafts]
    insert_at_end(proposals)
    insert_at_end(
        [
            evidence_row(draft.id, position, item)
            for draft in drafts
            for position, item in enumerate(draft.evidence, start=1)
        ]
    )
    insert_at_end(
        [
            Alternative(
                proposal_id=draft.id,
                rank=item.rank,
                action_name=item.action_name,
                args=item.args,
                args_sha256=item.args_sha256,
                summary=item.summary,
                probability=item.probability,
                risks=item.risks,
            )
            for draft in drafts
            for item in draft.alternatives
        ]
    )
    insert_at_end([_assessment(draft, now) for draft in drafts])
    return proposals


def evidence_row(
    proposal_id: UUID, position: int, item: EvidenceDraft, question: Question | None = None
) -> Evidence:
    """The unsaved row of one item of evidence."""
    return Evidence(
        proposal_id=proposal_id,
        question=question,
        position=position,
        key=item.key,
        claim=item.claim,
        kind=item.kind,
        provenance=item.provenance,
        title=item.title,
        source=item.source,
        uri=item.uri,
        content=item.content,
        digest=item.digest,
        retrieved_at=item.retrieved_at,
        is_untrusted=item.is_untrusted,
    )


def _proposal(draft: Draft, agent: Agent, now: datetime) -> Proposal:
    status, substatus = _begins(draft)
    return Proposal(
        id=draft.id,
        workflow=draft.action_type.workflow,
        action_type=draft.action_type,
        agent=agent,
        agent_version=draft.agent_version,
        slice=draft.slice,
        external_id=draft.external_id,
        args=draft.args,
        args_sha256=draft.args_sha256,
        content_sha256=draft.content_sha256,
        summary=draft.summary,
        hidden=draft.hidden,
        masked=list(draft.assessed.masked),
        rationale=draft.rationale,
        confidence=draft.facts.confidence,
        subject_kind=draft.subject_kind,
        subject_id=draft.subject_id,
        impact=draft.impact,
        run=draft.run,
        state=draft.state,
        expires_at=draft.expires_at,
        supersedes_id=draft.supersedes_id,
        created_at=now,
        consequence=draft.assessed.cell.consequence,
        reversibility=draft.assessed.cell.reversibility,
        stage=draft.assessed.stage,
        route=draft.assessed.route,
        basis=draft.assessed.basis,
        coin=draft.trust.coin if draft.assessed.could_act else None,
        audit_rate=draft.assessed.audit_rate if draft.assessed.could_act else draft.blind_share,
        veto_until=draft.veto_until,
        status=status,
        substatus=substatus,
        due_at=draft.due_at,
        ended_at=None if status is Status.PENDING else now,
    )


def _begins(draft: Draft) -> tuple[Status, Substatus]:
    """Shadow ends at once, and so does what may act without a veto window."""
    route = draft.assessed.route
    if route is Route.RECORD:
        return Status.RECORDED, Substatus.NONE
    if route is Route.ACT:
        in_window = draft.veto_until is not None
        return (Status.PENDING, Substatus.VETO_WINDOW) if in_window else (Status.APPROVED, Substatus.NONE)
    return Status.PENDING, Substatus.QUEUED


def _assessment(draft: Draft, now: datetime) -> Assessment:
    return Assessment(
        proposal_id=draft.id,
        policy_version_id=draft.policy_version_id,
        route=draft.assessed.route,
        reasons=[reason.as_json() for reason in draft.assessed.reasons],
        facts=draft.facts.as_json(),
        trust=draft.trust.as_json(),
        slice_stage=draft.trust.stage,
        slice_threshold=draft.trust.threshold,
        created_at=now,
    )
