"""Events of the process itself, which outcomes are measured in."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from apps.api import described
from apps.api.answers import EventsOut
from apps.api.bodies import EventsIn
from apps.api.keys import BearerKey, caller
from apps.api.problems import Problem
from apps.api.reading import as_json
from apps.outcomes.live_log import Told
from apps.outcomes.reported_events import report_events as keep
from apps.registry.models import AgentGrant
from apps.registry.states import Scope

router = Router(tags=["After"])


@router.post(
    "/workflows/{slug:slug}/events",
    auth=BearerKey(Scope.REPORT),
    summary="Report events of the process",
    operation_id="report_events",
    response=described.can_answer(
        {200: EventsOut}, "workflow-not-granted", "not-found", *described.WITH_BODY
    ),
)
def report_events(request: HttpRequest, slug: str, body: EventsIn) -> HttpResponse:
    """What happened in the process beside ReviewHub: KPIs are measured in it. The same `id` again changes nothing."""
    agent = caller(request)
    grant = AgentGrant.objects.filter(agent=agent, workflow__slug=slug, workflow__is_active=True)
    found = grant.select_related("workflow").first()
    if found is None:
        raise Problem(
            "workflow-not-granted",
            _("The workflow {slug} is not granted to this agent.").format(slug=slug[:60]),
        )
    events = [Told(one.case, one.activity, one.at, one.resource, one.id, one.cost) for one in body.events]
    return as_json({"kept": keep(workflow=found.workflow, events=events, by=agent)})
