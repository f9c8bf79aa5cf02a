"""Who may register and change what agents are let do. The operator at the command line (`by` None) may.

Widening (a grant, a key, letting a suspended agent in again) takes an admin; narrowing at once takes
governance or an admin.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, allows, reads_everything
from apps.accounts.roles import Role
from apps.delivery.unseen import readable
from apps.registry.models import Agent, AgentGrant, AgentKey
from apps.registry.states import AgentStatus


def check_register(by: User | None) -> None:
    """Only an admin registers or changes workflows, action types, agents, grants and keys."""
    if by is not None and not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only an admin may register or change this."))


def can_register(by: User | None) -> bool:
    """Whether `by` may register and change."""
    return allows(check_register, by)


def check_suspend(agent: Agent, *, by: User | None, reason: str) -> None:
    """An admin or governance stops an agent, giving a reason."""
    if by is not None and not rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE):
        raise NotAllowed(_("Only an admin or governance may suspend an agent."))
    if agent.status == AgentStatus.SUSPENDED:
        raise NotAllowed(_("This agent is suspended already."))
    _check_reason(reason)


def can_suspend(agent: Agent, *, by: User | None) -> bool:
    """Whether `by` may suspend this agent, given a reason."""
    return allows(check_suspend, agent, by=by, reason="-")


def check_resume(agent: Agent, *, by: User | None, reason: str) -> None:
    """An admin who does not own the agent lets it in again, giving a reason."""
    if by is not None and not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only an admin may let a suspended agent in again."))
    if by is not None and agent.owner_id == by.pk:
        raise NotAllowed(_("You own this agent: another admin has to let it in again."))
    if agent.status != AgentStatus.SUSPENDED:
        raise NotAllowed(_("This agent is not suspended."))
    _check_reason(reason)


def can_resume(agent: Agent, *, by: User | None) -> bool:
    """Whether `by` may let this agent in again, given a reason."""
    return allows(check_resume, agent, by=by, reason="-")


def check_review_permissions(grant: AgentGrant, *, by: User) -> None:
    """The workflow's technical owner or governance lead, or an admin; never the agent's own owner."""
    named = {grant.workflow.technical_owner_id, grant.workflow.governance_lead_id}
    if by.pk not in named and not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(
            _("Only the workflow's technical owner, its governance lead or an admin reviews this.")
        )
    if grant.agent.owner_id == by.pk:
        raise NotAllowed(_("You own this agent: somebody else has to review what it may propose."))


def check_record_validation(agent: Agent, *, by: User | None) -> None:
    """The agent's owner says how a version did when it was tried; so may an admin."""
    if by is not None and agent.owner_id != by.pk and not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only the agent's owner or an admin records a validation."))


def check_record_approval(agent: Agent, *, by: User | None) -> None:
    """An admin or governance approves a version, never the agent's own owner."""
    if by is None:
        return
    if not rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE):
        raise NotAllowed(_("Only an admin or governance approves a version."))
    if agent.owner_id == by.pk:
        raise NotAllowed(_("You own this agent: somebody else has to approve its versions."))


def check_rotate(key: AgentKey, *, by: User | None, now: datetime) -> None:
    """A live key that has no successor can be rotated."""
    check_register(by)
    if not key.is_live(now):
        raise NotAllowed(_("This key opens nothing any more: issue a new one."))
    if key.replaced_by_id is not None:
        raise NotAllowed(_("This key has its successor already."))


def can_rotate(key: AgentKey, *, by: User | None, now: datetime) -> bool:
    """Whether `by` may rotate this key."""
    return allows(check_rotate, key, by=by, now=now)


def check_revoke(key: AgentKey, *, by: User | None) -> None:
    """A key is revoked once."""
    check_register(by)
    if key.revoked_at is not None:
        raise NotAllowed(_("This key is revoked already."))


def can_revoke(key: AgentKey, *, by: User | None) -> bool:
    """Whether `by` may revoke this key."""
    return allows(check_revoke, key, by=by)


def check_see_keys(agent: Agent, *, by: User) -> None:
    """When keys were issued and used is for the agent's owner and the offices that answer for it."""
    if agent.owner_id == by.pk:
        return
    if not reads_everything(by):
        raise NotAllowed(_("Keys are shown to the agent's owner, admins, governance and auditors."))


def can_see_keys(agent: Agent, *, by: User) -> bool:
    """Whether `by` may see the list of this agent's keys."""
    return allows(check_see_keys, agent, by=by)


def _check_reason(reason: str) -> None:
    if not readable(reason):
        raise NotAllowed(_("Give a reason: it is kept in the audit log."))
