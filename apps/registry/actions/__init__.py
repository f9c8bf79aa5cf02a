"""The verbs of the registry, by noun."""

from apps.registry.actions.agents import (
    note_refused,
    resume_agent,
    save_agent,
    set_grants,
    suspend_agent,
    withdraw_grant,
)
from apps.registry.actions.keys import IssuedKey, issue_key, revoke_key, rotate_key
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
    "close_action_type",
    "issue_key",
    "note_refused",
    "remove_reason_code",
    "resume_agent",
    "revoke_key",
    "rotate_key",
    "save_action_type",
    "save_agent",
    "save_reason_code",
    "save_workflow",
    "set_grants",
    "set_privacy_readers",
    "suspend_agent",
    "version_of",
    "withdraw_grant",
]
