"""What a decision on a known case shows, and telling the person who made it, at once.

A known mistake is caught by whoever does not let it happen, for whatever reason; one that is right is a false alarm for
whoever does not take it. A case that was retired meanwhile shows nothing.
"""

from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.delivery import live
from apps.proposals.models import Examination
from apps.reviews.models import Decision, GoldAnswer, GoldCase
from apps.reviews.states import GoldResult
from apps.trust.seeding import record_seed


def answer(examination: Examination, decision: Decision, now: datetime) -> GoldAnswer | None:
    """Keep what this decision on a copy shows, inside the caller's transaction; None when the case is retired."""
    original = examination.original
    case = (
        GoldCase.objects.select_for_update(no_key=True)
        .filter(proposal=original, retired_at__isnull=True)
        .first()
    )
    if case is None or examination.copy_id is None:
        return None
    result = result_of(case, proposed=original.args_sha256, chosen=decision.args_sha256)
    found = GoldAnswer.objects.create(case=case, decision=decision, by=decision.by, result=result, at=now)
    if case.is_mistake:
        record_seed(
            workflow=original.workflow,
            proposal_id=original.pk,
            replay_id=examination.copy_id,
            by=decision.by,
            was_missed=result == GoldResult.MISSED,
            now=now,
        )
    audit.record(
        verb="gold.answered",
        now=now,
        by=decision.by,
        subject=("gold_case", case.pk, original.external_id),
        workflow_id=case.workflow_id,
        data={"result": str(result)},
    )
    live.announce([f"person:{decision.by_id}"])
    return found


def result_of(case: GoldCase, *, proposed: str, chosen: str) -> GoldResult:
    """What choosing this digest (empty: nothing) instead of, or as, the proposed one shows. Pure."""
    if case.is_mistake:
        return GoldResult.MISSED if chosen == proposed else GoldResult.RIGHT
    return GoldResult.RIGHT if chosen == proposed or chosen in case.answers else GoldResult.FALSE_ALARM


def put_aside(*, answer_id: UUID, by: User, now: datetime) -> None:
    """The person has read what a known case showed about them; anybody else's is left as it is."""
    GoldAnswer.objects.filter(pk=answer_id, by=by, seen_at__isnull=True).update(seen_at=now)
