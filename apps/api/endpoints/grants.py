"""Grants: the one moment of execution."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from apps.api import described
from apps.api.answers import RedeemedOut
from apps.api.bodies import RedeemIn
from apps.api.keys import BearerKey, caller
from apps.api.problems import Problem
from apps.api.reading import as_json
from apps.proposals.grants import redeem
from apps.proposals.models import Grant
from apps.proposals.resource import moment
from apps.registry.states import Scope

router = Router(tags=["After"])


@router.post(
    "/grants/{uuid:jti}/redeem",
    auth=BearerKey(Scope.REPORT),
    summary="Redeem a grant",
    operation_id="redeem_grant",
    response=described.can_answer({200: RedeemedOut}, "not-found", "not-redeemable", *described.WITH_BODY),
)
def redeem_grant(request: HttpRequest, jti: UUID, body: RedeemIn) -> HttpResponse:
    """Call this at the moment of execution: 200 once; 409 afterwards, on expiry, for other arguments."""
    try:
        grant = redeem(grant_id=jti, args_sha256=body.args_sha256, by=caller(request), now=timezone.now())
    except Grant.DoesNotExist as error:
        raise Problem("not-found", _("There is no grant with this id.")) from error
    return as_json(
        {
            "jti": str(grant.pk),
            "proposal": str(grant.proposal_id),
            "action": grant.action_name,
            "args_sha256": grant.args_sha256,
            "redeemed_at": moment(grant.redeemed_at),
        }
    )
