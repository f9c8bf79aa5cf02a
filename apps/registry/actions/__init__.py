"""The verbs of the registry, by noun."""

from apps.registry.actions.agents import (
    note_refused,
    resume_agent,
    save_agent,
    set_grants,
    suspend_agent,
)
from apps.registry.actions.keys import IssuedKey, issue_key, revoke_key, rotate_key
from apps.registry.actions.permissions import (
    change_grant,
    review_permissions,
    save_grant,
    withdraw_grant,
    withdraw_scope,
)
from apps.registry.actions.versions import UnknownVersion, version_of
from apps.registry.actions.workflows import (
    FiveRoles,
    close_action_type,
    remove_reason_code,
    save_action_type,
    save_reason_code,
    save_workflow,
    set_privacy_readers,
)

__all__ = [
    "FiveRoles",
    "IssuedKey",
    "UnknownVersion",
    "change_grant",
    "close_action_type",
    "issue_key",
    "note_refused",
    "remove_reason_code",
    "resume_agent",
    "review_permissions",
    "revoke_key",
    "rotate_key",
    "save_action_type",
    "save_agent",
    "save_grant",
    "save_reason_code",
    "save_workflow",
    "set_grants",
    "set_privacy_readers",
    "suspend_agent",
    "version_of",
    "withdraw_grant",
    "withdraw_scope",
]
