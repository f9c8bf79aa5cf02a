"""Opens the examinations that were ordered: each a copy in the ordinary queue, with a clock and a chain of its own."""

from datetime import datetime

from apps.audit.sweeping import sweep
from apps.audit.turns import together
from apps.intake.reviewing import ToReview, open_review
from apps.proposals.examining import copied, newest_version_of
from apps.proposals.models import Assessment, Examination, Proposal
from apps.proposals.states import LIKE_ANY_OTHER, Purpose
from apps.reviews.seeding import experienced_people
from apps.trust.states import Basis

# Why a person looks at a copy, where it is not for the reason they looked at the original.
_BASIS = {Purpose.AUDIT: Basis.AUDIT, Purpose.BLIND: Basis.SHADOW}


def open_ordered(*, now: datetime, limit: int = 200) -> int:
    """Put ordered looks into their queues. Any number of sweepers may run. How many were opened."""
    orders = Examination.objects.filter(opened_at__isnull=True).order_by("ordered_at")
    locked = orders.select_for_update(skip_locked=True, of=("self",)).select_related("original")
    return sweep(
        next_due=lambda failed: locked.exclude(pk__in=failed).first(),
        act=lambda examination: _open(examination, now),
        limit=limit,
    )


def _open(examination: Examination, now: datetime) -> None:
    with together():
        original = examination.original
        version = newest_version_of(original) if _is_like_any_other(examination) else None
        copy = copied(original, now=now, agent_version_id=version)
        task = open_review(_to_review(examination, copy), now=now)
        copy.due_at = task.due_at
        copy.save(update_fields=["due_at"])
        examination.copy, examination.opened_at = copy, now
        examination.save(update_fields=["copy", "opened_at"])


def _to_review(examination: Examination, copy: Proposal) -> ToReview:
    return ToReview(
        copy,
        _excluded(examination),
        _BASIS.get(Purpose(examination.purpose), Basis(examination.original.basis)),
        quorum=_people(copy),
        is_like_any_other=_is_like_any_other(examination),
    )


def _is_like_any_other(examination: Examination) -> bool:
    """Whether it must not be told from ordinary work: a second look is taken for what it looks at once more."""
    if examination.purpose == Purpose.SECOND_LOOK:
        return examination.original.basis not in _BASIS.values()
    return examination.purpose in LIKE_ANY_OTHER


def _people(copy: Proposal) -> int:
    """How many people the reasons on its card say decide it: so many its task says, though one is enough."""
    assessment = Assessment.objects.filter(proposal=copy).first()
    reasons = assessment.reasons if assessment is not None else []
    return max([1, *(reason["figures"].get("people", 1) for reason in reasons)])


def _excluded(examination: Examination) -> list[int]:
    """Who does not get it: a case that is meant for somebody new goes past people who had theirs, for a while."""
    if examination.meant_for_id is None:
        return examination.excluded
    past = experienced_people(examination.original.workflow_id) - {examination.meant_for_id}
    return sorted({*examination.excluded, *past})
