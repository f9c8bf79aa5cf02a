"""Reads of the registry: who is calling, what may they propose, and the rows of the pages."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from apps.accounts.models import User
from apps.registry import policies
from apps.registry.catalogue import AgentCatalogue, catalogue_in, current_book
from apps.registry.keys import is_secret_of, split_token
from apps.registry.marks import AMOUNT, CATEGORY
from apps.registry.models import ActionType, Agent, AgentKey, AgentVersion, VersionRecord, Workflow
from apps.registry.states import RecordKind

_USE_IS_NOTED_EVERY = timedelta(minutes=1)
# Compared with when there is no such key, so that a wrong prefix takes as long as a wrong secret.
_NOBODYS_SHA256 = "0" * 64
_noted_uses: dict[int, datetime] = {}


def authenticate(token: str, now: datetime) -> AgentKey | None:
    """The live key behind `token`, with its agent; None when malformed, unknown, wrong, expired or revoked.

    A suspended agent's key is returned: who calls answers for `key.agent.status`. One query, two the first
    time a key is seen after a change of the registry; the use is noted at most once a minute. The row is
    shared between threads: read it only.
    """
    parts = split_token(token)
    if parts is None:
        return None
    prefix, secret = parts
    book = current_book()
    key = book.keys.get(prefix)
    if key is None:
        key = AgentKey.objects.select_related("agent").filter(prefix=prefix).first()
        if key is not None:
            book.keys[prefix] = key
    is_right = is_secret_of(secret, key.secret_sha256 if key else _NOBODYS_SHA256)
    if key is None or not is_right or not key.is_live(now):
        return None
    _note_use(key, now)
    return key


def newest_versions(agent: Agent) -> QuerySet[AgentVersion]:
    """An agent's versions, the newest first, with the newest score of a validation (`validated`, in percent) and who
    approved last (`approved`).
    """
    records = VersionRecord.objects.filter(version=OuterRef("pk")).order_by("-at")
    return agent.versions.order_by("-first_seen_at").annotate(
        validated=Subquery(records.filter(kind=RecordKind.VALIDATION).values("score")[:1]) * 100,
        approved=Subquery(records.filter(kind=RecordKind.APPROVAL).values("by_name")[:1]),
    )


def load_catalogue(agent: Agent) -> AgentCatalogue:
    """What `agent` may propose now; see `catalogue`. One query while the registry does not change."""
    return catalogue_in(current_book(), agent)


def _note_use(key: AgentKey, now: datetime) -> None:
    noted_at = _noted_uses.get(key.pk)
    if noted_at is not None and abs(now - noted_at) < _USE_IS_NOTED_EVERY:
        return
    _noted_uses[key.pk] = now
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - _USE_IS_NOTED_EVERY)
    AgentKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


@dataclass(frozen=True)
class KeyRow:
    """A key with what the reader may do with it. `state` is live, expired, revoked or replaced."""

    key: AgentKey
    state: str
    can_rotate: bool
    can_revoke: bool


@dataclass(frozen=True)
class Argument:
    """One argument of an action type as its page describes it."""

    name: str
    title: str
    description: str
    kind: str
    is_required: bool
    is_category: bool
    is_amount: bool


def workflows() -> QuerySet[Workflow]:
    """Every workflow by name, active ones first, with its people and counts."""
    return (
        Workflow.objects.select_related(
            "business_owner", "process_owner", "technical_owner", "governance_lead", "reviewers"
        )
        .annotate(
            action_type_count=Count("action_types", filter=Q(action_types__is_active=True), distinct=True),
            agent_count=Count("agent_grants", distinct=True),
        )
        .order_by("-is_active", "name")
    )


def agents() -> QuerySet[Agent]:
    """Every agent by name, with its owner and `grants`."""
    return Agent.objects.select_related("owner").prefetch_related("grants__workflow").order_by("name")


def keys_with_moves(agent: Agent, *, by: User, now: datetime) -> list[KeyRow]:
    """The agent's keys, newest first."""
    keys = AgentKey.objects.filter(agent=agent).select_related("agent").order_by("-created_at", "-pk")
    can_register = policies.can_register(by)
    return [
        KeyRow(
            key=key,
            state=_state(key, now),
            can_rotate=can_register and key.is_live(now) and key.replaced_by_id is None,
            can_revoke=can_register and key.revoked_at is None,
        )
        for key in keys
    ]


def described_arguments(action_type: ActionType) -> list[Argument]:
    """The top-level arguments of an action type, in the schema's order."""
    schema: dict[str, Any] = action_type.args_schema
    required = schema.get("required", [])
    return [
        Argument(
            name=name,
            title=str(rules.get("title", "")),
            description=str(rules.get("description", "")),
            kind=_kind(rules),
            is_required=name in required,
            is_category=bool(rules.get(CATEGORY, "enum" in rules or rules.get("type") == "boolean")),
            is_amount=rules.get(AMOUNT) is True,
        )
        for name, rules in schema.get("properties", {}).items()
        if isinstance(rules, dict)
    ]


def schema_text(action_type: ActionType) -> str:
    """The schema as indented JSON."""
    return json.dumps(action_type.args_schema, indent=2, ensure_ascii=False)


def _kind(rules: dict[str, Any]) -> str:
    if "enum" in rules:
        return " | ".join(str(value) for value in rules["enum"])
    given = rules.get("type", "any")
    return " | ".join(map(str, given)) if isinstance(given, list) else str(given)


def _state(key: AgentKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if not key.is_live(now):
        return "expired"
    return "live" if key.replaced_by_id is None else "replaced"
