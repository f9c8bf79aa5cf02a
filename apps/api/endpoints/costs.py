"""What the runs of an agent use, and how they stand against their budgets."""

import hashlib
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Router
from pydantic import AfterValidator

from apps.api import described
from apps.api.answers import UsageOut
from apps.api.bodies import UsageIn
from apps.api.endpoints.proposals import IdempotencyKey
from apps.api.keys import BearerKey, caller
from apps.api.problems import Problem
from apps.api.reading import as_json
from apps.api.submissions import digest
from apps.costs import using
from apps.costs.accounts import OtherCurrency
from apps.intake.contract import keepable
from apps.registry.states import Scope

router = Router(tags=["Costs"])

RunName = Annotated[
    str,
    Path(min_length=1, max_length=200, description="Your own id of the run, as in `run.id` of a proposal."),
    AfterValidator(keepable),
]


@router.post(
    "/runs/{path:run_id}/usage",
    auth=BearerKey(Scope.REPORT),
    summary="Report what a run has used",
    operation_id="report_usage",
    response=described.can_answer(
        {200: UsageOut},
        "workflow-not-granted",
        "budget-spent",
        "step-cap-reached",
        "idempotency-conflict",
        "not-found",
        *described.WITH_BODY,
    ),
    openapi_extra={"responses": {200: {"headers": described.REPLAYED}}},
)
def report_usage(
    request: HttpRequest, run_id: RunName, body: UsageIn, idempotency_key: IdempotencyKey
) -> HttpResponse:
    """What was used since the last report; it is added up. Everything reported is kept, also where the answer is that a
    budget is spent: then stop. A body that names only the workflow asks how the run stands.
    """
    agent = caller(request)
    workflow = using.workflow_for(agent, body.workflow, run_id)
    if workflow is None:
        raise Problem(
            "workflow-not-granted",
            _("The workflow {slug} is not granted to this agent.").format(slug=body.workflow),
        )
    used = using.Used(
        body.amount or using.NOTHING, body.currency or "", body.tokens, body.tool_calls, body.steps
    )
    try:
        answer = using.report_usage(
            agent=agent,
            workflow=workflow,
            run_name=run_id,
            used=used,
            key=idempotency_key,
            body_sha256=hashlib.sha256(f"{digest(body)} {run_id}".encode()).hexdigest(),
            now=timezone.now(),
        )
    except using.KeyUsed as error:
        raise Problem("idempotency-conflict", str(error)) from error
    except OtherCurrency as error:
        errors = [{"loc": ["currency"], "msg": str(error)}]
        raise Problem("invalid-request", str(error), errors=errors) from error
    headers = {"Idempotent-Replayed": "true"} if answer.is_replay else {}
    if answer.problem:
        raise Problem(answer.problem, answer.detail, headers=headers)
    return as_json(answer.resource, headers=headers)
