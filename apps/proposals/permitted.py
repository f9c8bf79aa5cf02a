"""May the agent of a proposal have this exact action granted, by its own permission as it is at this moment?

Asked of what a person chooses, of what a veto window lets go, and once more when the grant is used.
"""

from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from apps.proposals.models import Proposal
from apps.proposals.ruling import declared_of
from apps.registry.catalogue import Book
from apps.registry.models import ActionType
from apps.registry.schemas import compile_schema
from apps.registry.scopes import limits, place_of


def outside_scope(book: Book, proposal: Proposal, action_type: ActionType, args: dict[str, Any]) -> str:
    """Why the agent may not have this granted, whoever chose it: it carries it out by its own permission. Empty when
    it may. No query once the book knows the permission.
    """
    permission = book.grant(agent_id=proposal.agent_id, workflow_id=proposal.workflow_id)
    if permission is None or not permission.covers(action_type.name):
        return _("The agent may not do {action} here: it has no permission for it.").format(
            action=action_type.name
        )
    declared = partial(_declared, proposal, action_type, args)
    if place_of(permission.scope_list, action_type.name, declared) is not None:
        return ""
    limit = " · ".join(limits(permission.scope_list, action_type.name))
    return _("This lies outside what the agent may do. Its limit for {action}: {limit}").format(
        action=action_type.name, limit=limit
    )


def _declared(proposal: Proposal, action_type: ActionType, args: dict[str, Any]) -> dict[str, Any]:
    return declared_of(proposal, action_type, compile_schema(action_type.args_schema), args)
