"""Stores proposals with their evidence, alternatives and assessments, many at a time."""

from collections.abc import Sequence
from datetime import datetime

from apps.audit.insertion import insert
from apps.proposals.drafts import Draft
from apps.proposals.models import Alternative, Assessment, Evidence, Proposal
from apps.proposals.states import Status, Substatus
from apps.registry.models import Agent
from apps.routing.states import Route


def create(*, drafts: Sequence[Draft], agent: Agent, now: datetime) -> list[Proposal]:
    """Insert these proposals, in order, inside the caller's transaction. Four statements whatever their number."""
    proposals = [_proposal(draft, agent, now) for draft in drafts]
    insert(proposals)
    insert(
        [
            Evidence(
                proposal_id=draft.id,
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
            for draft in drafts
            for position, item in enumerate(draft.evidence, start=1)
        ]
    )
    insert(
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
    insert([_assessment(draft, now) for draft in drafts])
    return proposals


def _proposal(draft: Draft, agent: Agent, now: datetime) -> Proposal:
    recorded = draft.assessed.route is Route.RECORD
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
        rationale=draft.rationale,
        confidence=draft.facts.confidence,
        subject_kind=draft.subject_kind,
        subject_id=draft.subject_id,
        impact=draft.impact,
        run=draft.run,
        state=draft.state,
        expires_at=draft.expires_at,
        created_at=now,
        consequence=draft.assessed.cell.consequence,
        reversibility=draft.assessed.cell.reversibility,
        stage=draft.assessed.stage,
        route=draft.assessed.route,
        status=Status.RECORDED if recorded else Status.PENDING,
        substatus=Substatus.NONE if recorded else Substatus.QUEUED,
        due_at=draft.due_at,
        ended_at=now if recorded else None,
    )


def _assessment(draft: Draft, now: datetime) -> Assessment:
    return Assessment(
        proposal_id=draft.id,
        policy_version_id=draft.policy_version_id,
        route=draft.assessed.route,
        reasons=[reason.as_json() for reason in draft.assessed.reasons],
        facts=draft.facts.as_json(),
        slice_stage=draft.trust.stage,
        slice_threshold=draft.trust.threshold,
        created_at=now,
    )
