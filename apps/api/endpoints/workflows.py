"""Workflows: what the agent may propose, and what the arguments have to look like."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from apps.api import described
from apps.api.answers import WorkflowsOut
from apps.api.keys import BearerKey, caller
from apps.api.reading import as_json
from apps.registry.catalogue import CataloguedWorkflow, catalogue_in, current_book
from apps.registry.models import ActionType
from apps.registry.scopes import limits
from apps.registry.states import Scope

router = Router(tags=["Proposals"])


@router.get(
    "/workflows",
    auth=BearerKey(Scope.READ),
    summary="What the agent may propose",
    operation_id="list_workflows",
    response=described.can_answer({200: WorkflowsOut}),
)
def list_workflows(request: HttpRequest) -> HttpResponse:
    """Every workflow granted to this agent, with the action types it may propose there and their JSON Schemas."""
    catalogue = catalogue_in(current_book(), caller(request))
    found = sorted(catalogue.workflows.items())
    return as_json({"items": [_workflow(workflow) for _slug, workflow in found]})


def _workflow(catalogued: CataloguedWorkflow) -> dict[str, Any]:
    kinds = sorted(catalogued.action_types.items())
    return {
        "slug": catalogued.workflow.slug,
        "name": catalogued.workflow.name,
        "description": catalogued.workflow.description,
        "actions": [
            _action(kind.action_type, limits(catalogued.grant.scope_list, name))
            for name, kind in kinds
            if catalogued.grant.covers(name)
        ],
    }


def _action(kind: ActionType, within: list[str]) -> dict[str, Any]:
    return {
        "name": kind.name,
        "title": kind.title,
        "description": kind.description,
        "args_schema": kind.args_schema,
        "consequence": kind.consequence,
        "reversibility": kind.reversibility,
        "effects": kind.effects,
        "within": within,
    }
