"""Registers agents, says what each may propose, stops them and lets them in again."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.queries import happened_since
from apps.delivery import live
from apps.registry import policies
from apps.registry.actions.permissions import save_grant, withdraw_grant
from apps.registry.actions.saving import save
from apps.registry.models import Agent, AgentGrant, Workflow
from apps.registry.scopes import Permitted
from apps.registry.states import AgentStatus

_QUIET = timedelta(minutes=10)


@transaction.atomic
def save_agent(
    *, slug: str, name: str, owner: User, by: User | None, now: datetime, description: str = ""
) -> Agent:
    """Register an agent, or change it. Raises NotAllowed, ValidationError."""
    agent, _written = save(
        Agent,
        key={"slug": slug},
        values={"name": name, "owner": owner, "description": description},
        by=by,
        now=now,
    )
    return agent


@transaction.atomic
def set_grants(*, agent: Agent, grants: Mapping[Workflow, Permitted], by: User | None, now: datetime) -> None:
    """Let `agent` propose in exactly these workflows, there what is given.

    Naming an action type before it is registered is allowed: it is granted as soon as it exists. Raises
    NotAllowed, ValidationError.
    """
    for workflow, given in grants.items():
        save_grant(agent=agent, workflow=workflow, given=given, by=by, now=now)
    for grant in AgentGrant.objects.filter(agent=agent).exclude(workflow__in=grants):
        withdraw_grant(grant=grant, by=by, now=now)


@transaction.atomic
def suspend_agent(*, agent: Agent, reason: str, by: User | None, now: datetime) -> Agent:
    """Stop an agent: its next request is refused. Raises NotAllowed."""
    agent = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    policies.check_suspend(agent, by=by, reason=reason)
    # Its requests that wait for an answer end as well.
    live.announce([f"agent:{agent.pk}"])
    return _set_status(agent, AgentStatus.SUSPENDED, "agent.suspended", reason, by, now)


@transaction.atomic
def resume_agent(*, agent: Agent, reason: str, by: User | None, now: datetime) -> Agent:
    """Let a suspended agent in again. Raises NotAllowed."""
    agent = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    policies.check_resume(agent, by=by, reason=reason)
    return _set_status(agent, AgentStatus.ACTIVE, "agent.resumed", reason, by, now)


def note_refused(*, agent: Agent, now: datetime) -> None:
    """Leave a trace that a suspended agent knocked. Once in ten minutes: it may knock a thousand times a second."""
    since = now - _QUIET
    if not happened_since("agent.refused", subject=("agent", agent.pk), since=since):
        audit.record(verb="agent.refused", now=now, by=agent, subject=("agent", agent.pk, agent.name))


def _set_status(
    agent: Agent, status: AgentStatus, verb: str, reason: str, by: User | None, now: datetime
) -> Agent:
    agent.status = status
    agent.save(update_fields=["status"])
    audit.record(
        verb=verb, now=now, by=by, subject=("agent", agent.pk, agent.name), data={"reason": reason.strip()}
    )
    return agent
