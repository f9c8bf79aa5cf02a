"""Slices: what the agent has earned so far."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from apps.api import described
from apps.api.answers import SlicesOut
from apps.api.keys import BearerKey, caller
from apps.api.reading import as_json
from apps.proposals.resource import moment
from apps.registry.states import Scope
from apps.trust.models import Slice

router = Router(tags=["Trust"])


@router.get(
    "/slices",
    auth=BearerKey(Scope.READ),
    summary="Own stages and thresholds",
    operation_id="list_slices",
    response=described.can_answer({200: SlicesOut}),
)
def list_slices(request: HttpRequest) -> HttpResponse:
    """Every slice of this agent: its stage, and above which confidence it may act (null: not earned)."""
    rows = (
        Slice.objects.filter(agent=caller(request))
        .select_related("workflow", "action_type")
        .order_by("workflow__slug", "action_type__name", "segment")
    )
    return as_json(
        {
            "items": [
                {
                    "workflow": row.workflow.slug,
                    "action": row.action_type.name,
                    "segment": row.segment,
                    "stage": row.stage,
                    "threshold": row.threshold,
                    "counted": row.counted,
                    "wrong": row.wrong,
                    "stage_since": moment(row.stage_since),
                }
                for row in rows
            ]
        }
    )
