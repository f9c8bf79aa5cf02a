"""Recognises or registers the version of an agent that is speaking."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from apps.audit import actions as audit
from apps.registry.catalogue import AgentCatalogue
from apps.registry.fingerprints import VersionFacts
from apps.registry.models import Agent, AgentVersion


class UnknownVersion(LookupError):
    """A bare fingerprint that this agent has never described."""


def version_of(
    *, agent: Agent, given: Mapping[str, Any] | str, now: datetime, catalogue: AgentCatalogue | None = None
) -> AgentVersion:
    """The version `given` describes, as `VersionFacts.of` reads it, or names by fingerprint.

    A description never seen before is registered, once even when many arrive together. No query when
    `catalogue` knows it. Raises UnknownVersion for a fingerprint that nobody described.
    """
    facts = None if isinstance(given, str) else VersionFacts.of(given)
    fingerprint = facts.fingerprint if facts else str(given)
    if catalogue is not None and fingerprint in catalogue.versions:
        return catalogue.versions[fingerprint]
    version = AgentVersion.objects.filter(agent=agent, fingerprint=fingerprint).first()
    if version is None:
        if facts is None:
            raise UnknownVersion(fingerprint)
        version = _register(agent, facts, now)
    if catalogue is not None:
        # Only once it is committed: a version of a rolled-back request does not exist.
        transaction.on_commit(partial(catalogue.remember, version))
    return version


def _register(agent: Agent, facts: VersionFacts, now: datetime) -> AgentVersion:
    with transaction.atomic():
        version, made = AgentVersion.objects.get_or_create(
            agent=agent,
            fingerprint=facts.fingerprint,
            defaults={
                "label": facts.label,
                "model": facts.model,
                "prompt_version": facts.prompt_version,
                "workflow_version": facts.workflow_version,
                "policy_version": facts.policy_version,
                "tools": list(facts.tools),
                "first_seen_at": now,
            },
        )
        if made:
            audit.record(
                verb="agent_version.registered",
                now=now,
                by=agent,
                subject=("agent", agent.pk, agent.name),
                data={"label": facts.label, "model": facts.model, "fingerprint": facts.fingerprint},
            )
    return version
