"""What a judge, a model that looks at proposals as people do, says about one. It decides nothing."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from apps.api import described, reading
from apps.api.answers import JudgedOut
from apps.api.bodies import JudgeIn
from apps.api.keys import BearerKey, caller
from apps.api.problems import Problem
from apps.evaluation.judging import Said, judge
from apps.evaluation.scales import Measuring, Unsaid
from apps.evaluation.states import Scale
from apps.proposals.models import Proposal
from apps.registry.states import Scope

router = Router(tags=["Evaluation"])


@router.post(
    "/proposals/{uuid:proposal_id}/judge",
    auth=BearerKey(Scope.JUDGE),
    summary="Say what a judge thinks of a proposal",
    operation_id="judge_proposal",
    response=described.can_answer({200: JudgedOut}, "not-found", "wrong-status", *described.WITH_BODY),
)
def judge_proposal(request: HttpRequest, proposal_id: UUID, body: JudgeIn) -> HttpResponse:
    """One score a judge version and proposal: the same again changes nothing, another one takes its place and both
    are kept. Any proposal of a workflow that is granted to the agent of the key, of any status. People see it only
    after they have decided, and only while the judge is measured to agree with them.
    """
    said = Said(
        name=body.judge,
        version=body.version,
        measuring=Measuring(Scale(body.scale.kind), body.scale.low, body.scale.high, body.scale.right_from),
        verdict=body.verdict,
        score=body.score,
        reasons=body.reasons,
        prompt_sha256=body.prompt_sha256,
        model=body.model,
    )
    try:
        score = judge(proposal_id=proposal_id, said=said, by=caller(request), now=timezone.now())
    except Proposal.DoesNotExist:
        raise reading.not_found() from None
    except Unsaid as error:
        errors = [{"loc": [error.field], "msg": str(error)}]
        raise Problem("invalid-request", str(error), errors=errors) from None
    return reading.as_json(
        {
            "id": str(score.pk),
            "proposal": str(score.proposal_id),
            "means": score.said,
            "replaces": str(score.replaces_id) if score.replaces_id else None,
            "received_at": score.received_at.isoformat(),
        }
    )
