"""A proposal as intake hands it over: validated, placed and assessed, not yet stored."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.audit.ids import uuid7
from apps.registry.models import ActionType, AgentVersion
from apps.routing.facts import Assessed, Facts, TrustState
from apps.trust.models import Slice


@dataclass(frozen=True, slots=True)
class EvidenceDraft:
    """One item of evidence; fields as in `models.Evidence`."""

    kind: str
    provenance: str
    key: str = ""
    claim: str = ""
    title: str = ""
    source: str = ""
    uri: str = ""
    content: str = ""
    digest: str = ""
    retrieved_at: datetime | None = None
    is_untrusted: bool = True


@dataclass(frozen=True, slots=True)
class AlternativeDraft:
    """Another action, or (no name) the choice to do nothing."""

    rank: int
    action_name: str
    args: dict[str, Any] | None
    args_sha256: str
    summary: str
    probability: float | None
    risks: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything `actions.create` stores for one proposal."""

    action_type: ActionType
    agent_version: AgentVersion
    slice: Slice
    policy_version_id: int
    facts: Facts
    assessed: Assessed
    trust: TrustState
    external_id: str
    args: dict[str, Any]
    args_sha256: str
    content_sha256: str
    summary: str
    hidden: dict[str, str]
    rationale: str
    subject_kind: str
    subject_id: str
    impact: dict[str, Any]
    run: dict[str, Any]
    state: str
    expires_at: datetime | None
    due_at: datetime | None
    veto_until: datetime | None = None
    evidence: tuple[EvidenceDraft, ...] = ()
    alternatives: tuple[AlternativeDraft, ...] = ()
    supersedes_id: UUID | None = None
    blind_share: float | None = None
    id: UUID = field(default_factory=uuid7)
